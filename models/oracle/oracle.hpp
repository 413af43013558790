// SPDX-License-Identifier: MIT
// The judge: which translations MAY be cached, and therefore which accesses MAY go wrong, on any TLB the
// architecture permits. It sees events and models/x86, never a concrete TLB.
#pragma once

#include "models/oracle/judgement.hpp"
#include "models/x86/control.hpp"
#include "models/x86/invalidation.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace drywalk::oracle {

/// The machine before the first event. Memory is all zero.
struct Configuration {
    unsigned cpus = 1;
    /// Physical memory; entries that point beyond it read as zero.
    std::uint64_t memory_bytes = std::uint64_t{16} * 1024 * 1024;
    x86::Vendor vendor = x86::Vendor::portable;
    x86::PagingMode mode; ///< of every processor
};

/// Judges one trace. Each call is one event; events are numbered from 0 in the order of the calls. `cpu` is below
/// Configuration::cpus, physical addresses are below memory_bytes and stores are 8-byte aligned: the caller checks.
/// An event that concerns more entries than can be followed throws std::length_error; see effort.hpp.
class Oracle {
public:
    explicit Oracle(const Configuration& configuration);
    ~Oracle();
    Oracle(const Oracle&) = delete;
    Oracle& operator=(const Oracle&) = delete;

    void store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value);
    /// A whole page is stored, word by word, as one event. `page` is 4096-byte aligned.
    void store_page(unsigned cpu, x86::PhysicalAddress page,
                    std::span<const std::uint64_t, x86::entries_per_table> words);
    // Each of the following returns, or says as `mattered`, true unless the event invalidated on purpose and removed
    // nothing that mattered.
    bool mov_cr0(unsigned cpu, x86::Cr0 value);
    RootJudgement mov_cr3(unsigned cpu, std::uint64_t value);
    bool wrmsr_efer(unsigned cpu, x86::Efer value);
    /// Returns the event that cleared PGE if this one sets it again, nothing happened in between that a global flag
    /// could matter to, and both together removed nothing that mattered: without the first, the second changes nothing.
    std::optional<EventIndex> mov_cr4(unsigned cpu, x86::Cr4 value);
    /// PKRU, by WRPKRU or XRSTOR. It counts at use and invalidates nothing. [intel/vol3] 4.10.2.2
    void wrpkru(unsigned cpu, std::uint32_t value);
    /// IA32_PKRS, alike.
    void wrmsr_pkrs(unsigned cpu, std::uint32_t value);
    /// A non-canonical address invalidates nothing. [intel/vol2] INVLPG
    bool invlpg(unsigned cpu, std::uint64_t linear);
    /// Selects entries on every processor. Those that the tables do not say at this moment, and what is made of them
    /// later, are gone when TLBSYNC on this processor is complete.
    void invlpgb(unsigned cpu, const x86::Invlpgb& operands);
    void tlbsync(unsigned cpu);
    bool invpcid(unsigned cpu, x86::InvpcidType type, std::uint16_t pcid, std::uint64_t linear);

    /// True if the access is plainly Verdict::ok: nothing deviates for its page, and what the tables say is known. The
    /// event has happened then; otherwise nothing has, and access() is to be asked.
    [[nodiscard]] bool passes(unsigned cpu, std::uint64_t linear, x86::Access access);

    /// Judges an access inside one 4 KiB page; then the architectural outcome happens: A and D are set, or a page fault
    /// that every permitted behaviour raises is delivered. A non-canonical address is an architectural fault.
    [[nodiscard]] Judgement access(unsigned cpu, std::uint64_t linear, x86::Access access);
    /// Software declares [address, address + bytes) free.
    [[nodiscard]] ReleaseJudgement release(unsigned cpu, x86::PhysicalAddress address, std::uint64_t bytes);
    /// A page fault for `linear` was delivered here.
    void page_fault(unsigned cpu, std::uint64_t linear);
    /// An event that changes nothing, so that the numbering goes on.
    void mark();

    /// Stale entries that are remembered at this moment, over all processors: what memory use grows with.
    [[nodiscard]] std::size_t live_deviations() const;
    [[nodiscard]] std::uint64_t memory_at(x86::PhysicalAddress address) const;
    [[nodiscard]] const x86::PagingMode& mode(unsigned cpu) const;

private:
    class State;
    std::unique_ptr<State> state_;
};

} // namespace drywalk::oracle
