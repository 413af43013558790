// SPDX-License-Identifier: MIT
// The page walker: reads entries through the data caches, sets A and D, feeds the paging-structure caches.
#pragma once

#include "models/machine/mmu_ledger.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/memory/port.hpp"
#include "models/mmu/nested_walker.hpp"
#include "models/mmu/paging_structure_cache.hpp"
#include "models/mmu/table_watch.hpp"

#include <array>
#include <optional>

namespace drywalk::mmu {

struct Walked {
    std::optional<x86::Translation> translation; ///< absent: the access faults
    x86::PhysicalAddress physical;               ///< where the address lies in memory, if it does not fault
    x86::PageFaultCode fault;
    std::uint64_t cycles = 0;
    bool from_root = true; ///< false: a paging-structure cache supplied the upper levels
    /// The range that the outcome is good for: the page, or less of it where the host maps smaller pages.
    x86::PageSize held_size = x86::PageSize::size_4k;
    bool current = true; ///< the outcome is known to be that of the tables; always so from the root
};

/// What a page walker works on; all that it refers to outlives it.
struct PageWalkerSetup {
    const machine::PagingStructureCacheProfile& caches;
    memory::PhysicalMemory& memory; ///< the host's, if there is one
    memory::Port& port;
    machine::MmuLedger& ledger;
    WatchedTables& tables;
    std::uint64_t seed = 1;
    Tlb* tlb = nullptr;             ///< in which `caches` may live
    NestedWalker* nested = nullptr; ///< translates every address of the tables once more; null: not a guest
};

class PageWalker {
public:
    explicit PageWalker(const PageWalkerSetup& setup)
        : structure_caches_{setup.caches, setup.seed, setup.tlb, setup.tables.watch().precise()}, memory_{setup.memory},
          port_{setup.port}, ledger_{setup.ledger}, tables_{setup.tables}, nested_{setup.nested}
    {
    }

    /// Walks for `access`. If it is permitted, A and D are set and the levels above the leaf are kept for later walks;
    /// otherwise nothing is changed. (The manual lets a processor set A in the entries above the one that fails.)
    Walked walk(x86::LinearAddress linear, const x86::Access& access, const x86::PagingMode& mode);

    void remove(const x86::Removal& removal) { structure_caches_.remove(removal); }
    void clear() { structure_caches_.clear(); }
    /// Where `address`, which the tables name, lies in memory. Nothing is charged and nothing changed.
    [[nodiscard]] x86::PhysicalAddress in_memory(x86::PhysicalAddress address) const
    {
        return nested_ == nullptr ? address : nested_->by_tables(x86::GuestPhysicalAddress{address.value()});
    }

private:
    /// What a walk read, from its start down.
    struct Path {
        std::array<x86::Entry, x86::level_count> entries;
        std::array<x86::PhysicalAddress, x86::level_count> addresses; ///< in memory
        unsigned length = 0;

        /// Where the entry after `position`, number `index`, leads.
        [[nodiscard]] x86::WalkPosition below(const x86::WalkPosition& position, unsigned index) const
        {
            const x86::Entry entry = entries[index];
            return {x86::below(position.level), entry.next_table(), position.rights & entry.rights()};
        }
    };

    [[nodiscard]] x86::Entry peek(x86::PhysicalAddress address) const
    {
        return x86::Entry{memory_.read_anywhere(address)};
    }
    [[nodiscard]] x86::Entry read(x86::Level level, x86::PhysicalAddress address, Walked& walked)
    {
        const memory::Service service = port_.access(address);
        const std::uint64_t cycles = service.cycles + (walked.cycles == 0 ? 0 : step());
        ledger_.charge(machine::WalkReference{level, service.served_by}, cycles);
        walked.cycles += cycles;
        if (walked.current) tables_.watch().read(address);
        return peek(address);
    }
    [[nodiscard]] bool is_current(const PagingStructureCaches::Start& start, x86::LinearAddress linear,
                                  const x86::PagingMode& mode)
    {
        return tables_.watch().precise() &&
               (start.entry->agrees_with == tables_.state() || compare(start, linear, mode));
    }
    [[nodiscard]] bool compare(const PagingStructureCaches::Start& start, x86::LinearAddress linear,
                               const x86::PagingMode& mode);
    /// Where the entry at `position` lies in memory, which `walked` pays for in a guest. The caches of its structures
    /// know that of the table that they lead to, so the first reference after a hit there costs nothing.
    [[nodiscard]] x86::PhysicalAddress entry_address(const x86::WalkPosition& position, x86::LinearAddress linear,
                                                     const TlbEntry* start, Walked& walked)
    {
        if (nested_ == nullptr) return position.entry_address(linear);
        if (start != nullptr) return x86::WalkPosition{position.level, start->frame, {}}.entry_address(linear);
        return translate_again(position.entry_address(linear), walked);
    }
    /// Where the guest's `address` lies for the host; `walked` pays.
    [[nodiscard]] x86::PhysicalAddress translate_again(x86::PhysicalAddress address, Walked& walked);
    /// Beyond the latency of a reference that is not the first.
    [[nodiscard]] std::uint32_t step() const { return nested_ == nullptr ? 0 : nested_->step(); }
    void mark_used(const Path& path, x86::AccessKind kind, Walked& walked);
    void keep_upper_levels(x86::WalkPosition start, const Path& path, x86::LinearAddress linear, std::uint16_t pcid,
                           bool current);

    PagingStructureCaches structure_caches_;
    memory::PhysicalMemory& memory_;
    memory::Port& port_;
    machine::MmuLedger& ledger_;
    WatchedTables& tables_;
    NestedWalker* nested_;
};

} // namespace drywalk::mmu
