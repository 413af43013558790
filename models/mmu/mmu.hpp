// SPDX-License-Identifier: MIT
// The MMU: control registers, TLB and walker joined. It has no clock; every operation says how long it took, and the
// same cycles stand in the ledger.
#pragma once

#include "models/mmu/page_walker.hpp"
#include "models/mmu/tlb.hpp"

#include <memory>

namespace drywalk::mmu {

/// How an access was translated.
struct Translated {
    bool permitted = false;
    x86::PhysicalAddress physical;          ///< if permitted
    x86::PageFaultCode fault;               ///< if not
    std::uint64_t cycles = 0;               ///< beyond an L1 TLB hit
    Tlb::Source source = Tlb::Source::none; ///< none: walked
    /// True if a cached entry decided and the tables would have decided otherwise.
    bool stale = false;
};

class Mmu {
public:
    Mmu(const Mmu&) = delete;
    Mmu& operator=(const Mmu&) = delete;
    /// The only MMU of `memory`. `memory`, `port` and `ledger` outlive it. Without the fast path every lookup searches
    /// and every use is compared with the tables after any store; the results are the same.
    Mmu(const machine::MmuProfile& profile, memory::PhysicalMemory& memory, memory::Port& port,
        machine::MmuLedger& ledger, bool fast_path = true);
    /// One of several that share `memory` and what watches the tables in it; `shared` outlives them and says by
    /// TableWatch::precise() whether they take the fast path.
    Mmu(const machine::MmuProfile& profile, memory::PhysicalMemory& memory, memory::Port& port,
        machine::MmuLedger& ledger, TableWatch& shared);

    /// Translates an access that lies within one 4 KiB page. A fault leaves the TLB as the walk found it; what the
    /// delivery of the exception removes is deliver_page_fault()'s business.
    [[nodiscard]] Translated translate(x86::LinearAddress linear, x86::Access access)
    {
        const Tlb::Hit hit = tlb_.find(linear, access.kind, pcid_);
        if (hit.source == Tlb::Source::l1 && serves(*hit.entry, access) && hit.entry->agrees_with == tables_.state()) {
            return {true, hit.entry->physical(linear), {}, 0, Tlb::Source::l1, false};
        }
        if (hit.entry == nullptr) return translate_by_walk(linear, access, 0, true);
        return translate_slowly(linear, access, hit);
    }

    /// What the tables alone say, nothing charged and nothing changed.
    [[nodiscard]] x86::WalkOutcome by_tables(x86::LinearAddress linear, const x86::Access& access) const;

    // Each returns its cost in cycles.
    std::uint64_t write_cr0(x86::Cr0 value);
    std::uint64_t write_cr3(x86::Cr3 value);
    std::uint64_t write_cr4(x86::Cr4 value);
    std::uint64_t write_efer(x86::Efer value);
    // These two cost nothing: no machine's profile has a number for them.
    void write_pkru(std::uint32_t value);
    void write_pkrs(std::uint32_t value);
    std::uint64_t invlpg(x86::LinearAddress linear);
    std::uint64_t deliver_page_fault(x86::LinearAddress linear);

    /// Software stored to memory at `address`, which may hold paging structures. No effect on what is cached.
    void note_store(x86::PhysicalAddress address) { tables_.watch().store(address); }
    /// The same, wherever it was.
    void note_store() { tables_.watch().change(); }

    [[nodiscard]] const x86::PagingMode& mode() const { return mode_; }
    [[nodiscard]] const machine::MmuProfile& profile() const { return profile_; }
    [[nodiscard]] const Tlb& tlb() const { return tlb_; }

    /// Power-on state but for the given mode: nothing cached. The host's root stays.
    void reset(const x86::PagingMode& mode);
    /// Where the profile says that software runs as a guest, before its first access: the tables by which the host
    /// translates the guest's physical addresses have their root at `root` of the same memory (host_tables.hpp).
    void load_host_root(x86::PhysicalAddress root)
    {
        if (nested_) nested_->load_root(root);
    }

private:
    Mmu(const machine::MmuProfile& profile, memory::PhysicalMemory& memory, memory::Port& port,
        machine::MmuLedger& ledger, std::unique_ptr<TableWatch> own_watch);

    // Accesses are passed on by reference: three bytes that are written one by one and read as one stall the host.
    [[nodiscard]] bool serves(const TlbEntry& entry, const x86::Access& access) const
    {
        if (profile_.behaviour.grants_only_filling_access) {
            return entry.granted.includes(access) && key_permits(entry, access);
        }
        const bool sets_dirty = access.kind == x86::AccessKind::write && !entry.translation.dirty;
        return !sets_dirty && permits(entry.translation, access, mode_);
    }
    /// PKRU and IA32_PKRS count at use on every machine.
    [[nodiscard]] bool key_permits(const TlbEntry& entry, const x86::Access& access) const
    {
        const x86::Translation& translation = entry.translation;
        return x86::DenyingKeys::of(translation.rights.user, access, mode_).may_permit(translation.key);
    }

    [[nodiscard]] Translated translate_slowly(x86::LinearAddress linear, const x86::Access& access, Tlb::Hit hit);
    [[nodiscard]] Translated use(const Tlb::Hit& hit, x86::LinearAddress linear, const x86::Access& access,
                                 Translated result);
    [[nodiscard]] x86::Entry entry_at(x86::PhysicalAddress address) const
    {
        return x86::Entry{memory_.read_anywhere(address)}; // where there is no memory, zero
    }
    [[nodiscard]] bool differs_by_tables(const Translated& result, x86::LinearAddress linear,
                                         const x86::Access& access) const;
    [[nodiscard]] bool denied_without_walk(const TlbEntry& entry, const x86::Access& access) const;
    [[nodiscard]] Translated translate_by_walk(x86::LinearAddress linear, const x86::Access& access,
                                               std::uint64_t cycles, bool missed);
    [[nodiscard]] TlbEntry entry_for(x86::LinearAddress linear, const x86::Access& access, const Walked& walked) const;
    [[nodiscard]] bool agrees(const TlbEntry& entry, x86::LinearAddress linear);
    [[nodiscard]] std::uint64_t charge(machine::MmuCategory category, std::uint32_t cycles)
    {
        ledger_.charge(category, cycles);
        return cycles;
    }
    /// An operation that leaves the guest, where the hypervisor has it so.
    [[nodiscard]] std::uint64_t exit_cost(bool exits)
    {
        return profile_.nested.on && exits ? charge(machine::MmuCategory::vm_exit, profile_.nested.vm_exit) : 0;
    }
    void remove(const x86::Removal& removal);
    void change_mode(const x86::Removal& removal, bool paging_bits_changed);

    machine::MmuProfile profile_;
    memory::PhysicalMemory& memory_;
    machine::MmuLedger& ledger_;
    std::unique_ptr<TableWatch> own_watch_; ///< null: it is shared
    WatchedTables tables_;
    Tlb tlb_;
    std::unique_ptr<NestedWalker> nested_; ///< null: not a guest
    PageWalker walker_;
    x86::PagingMode mode_;
    std::uint16_t pcid_ = 0;
};

} // namespace drywalk::mmu
