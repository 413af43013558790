// SPDX-License-Identifier: MIT
// One processor of a simulated machine: its MMU, its time and what both were charged for.
#pragma once

#include "models/machine/ledger.hpp"
#include "models/machine/profile.hpp"
#include "models/mmu/mmu.hpp"
#include "sim/platform/shared_memory.hpp"
#include "sim/platform/timeline.hpp"

#include <cstdint>

namespace drywalk::platform {

/// What a processor did, counted.
struct CoreCounts {
    std::uint64_t translations = 0;
    std::uint64_t l1_tlb_hits = 0;
    std::uint64_t l2_tlb_hits = 0;
    std::uint64_t walks = 0;
    std::uint64_t cr3_writes = 0;
    std::uint64_t cr4_writes = 0;
    std::uint64_t invlpgs = 0;
    std::uint64_t page_faults = 0;
};

/// Where a core stands: its number in its machine, and where its time passes.
struct CoreSetup {
    unsigned cpu = 0;
    Timeline& timeline;
    std::uint64_t quantum = 1;      ///< cycles that may be gathered before the timeline hears of them; at least 1
    x86::PhysicalAddress host_root; ///< of the host's tables, if software runs as a guest
};

class Core {
public:
    using Where = kernel::hal::Where;

    /// `shared` and the timeline outlive the core.
    Core(const machine::MmuProfile& profile, SharedMemory& shared, const CoreSetup& setup);

    [[nodiscard]] unsigned cpu() const { return cpu_; }
    [[nodiscard]] SharedMemory& shared() { return shared_; }
    [[nodiscard]] const SharedMemory& shared() const { return shared_; }
    [[nodiscard]] const x86::PagingMode& mode() const { return mmu_.mode(); }
    [[nodiscard]] bool has_pcids() const { return mmu_.profile().features.pcids; }
    [[nodiscard]] const CoreCounts& counts() const { return counts_; }
    [[nodiscard]] const machine::Ledger& ledger() const { return ledger_; }

    /// Power-on state but for the given mode.
    void reset(const x86::PagingMode& mode) { mmu_.reset(mode); }

    /// The line of the kernel's source that what follows is done for; none in ring 3.
    void at(const Where& where) { where_ = where; }
    [[nodiscard]] const Where& where() const { return where_; }

    /// Observers hear of the access first and may decide it.
    [[nodiscard]] mmu::Translated translate(x86::LinearAddress linear, x86::Access access);
    /// A reference to data whose address is known.
    void reference(machine::PlatformCategory category, x86::PhysicalAddress address, Activity activity)
    {
        spend(category, shared_.caches().access(address).cycles, activity);
    }
    void store(x86::PhysicalAddress address, std::uint64_t value) { shared_.store(cpu_, address, value, where_); }

    // A write that the processor refuses is a broken invariant of the kernel.
    void write_cr0(x86::Cr0 value);
    void write_cr3(x86::Cr3 value);
    void write_cr4(x86::Cr4 value);
    void write_efer(x86::Efer value);
    void invlpg(x86::LinearAddress linear);
    void deliver_page_fault(x86::LinearAddress linear);

    void spend(machine::PlatformCategory category, std::uint64_t cycles, Activity activity);
    /// Lets the timeline hear of all cycles that were spent.
    void flush_time(Activity activity);
    /// Cycles since reset.
    [[nodiscard]] std::uint64_t elapsed() const { return elapsed_ + unreported_; }

private:
    void pass(std::uint64_t cycles, Activity activity)
    {
        unreported_ += cycles;
        if (unreported_ >= quantum_) flush_time(activity);
    }
    void count(mmu::Tlb::Source source);
    void require_legal(x86::Cr4 value) const;

    unsigned cpu_;
    SharedMemory& shared_;
    Timeline& timeline_;
    std::uint64_t quantum_;
    machine::Ledger ledger_;
    mmu::Mmu mmu_;
    CoreCounts counts_;
    std::uint64_t unreported_ = 0; ///< cycles spent that the timeline has not heard of
    std::uint64_t elapsed_ = 0;    ///< cycles that the timeline has heard of
    Where where_;
};

} // namespace drywalk::platform
