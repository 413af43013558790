// SPDX-License-Identifier: MIT
// The page walker: reads entries through the data caches, sets A and D, feeds the paging-structure caches.
#pragma once

#include "models/memory/physical_memory.hpp"
#include "models/memory/port.hpp"
#include "models/mmu/cycles.hpp"
#include "models/mmu/paging_structure_cache.hpp"
#include "models/mmu/table_watch.hpp"

#include <array>
#include <optional>

namespace drywalk::mmu {

struct Walked {
    std::optional<x86::Translation> translation; ///< absent: the access faults
    x86::PageFaultCode fault;
    std::uint64_t cycles = 0;
    bool from_root = true; ///< false: a paging-structure cache supplied the upper levels
    bool current = true;   ///< the outcome is known to be that of the tables; always so from the root
};

class PageWalker {
public:
    /// What is referred to outlives the walker. `caches` may live in `tlb`, if there is one.
    PageWalker(const PagingStructureCacheProfile& caches, memory::PhysicalMemory& memory, memory::Port& port,
               Ledger& ledger, TableWatch& watch, std::uint64_t seed = 1, Tlb* tlb = nullptr)
        : structure_caches_{caches, seed, tlb}, memory_{memory}, port_{port}, ledger_{ledger}, watch_{watch}
    {
    }

    /// Walks for `access`. If it is permitted, A and D are set and the levels above the leaf are kept for later walks;
    /// otherwise nothing is changed. (The manual lets a processor set A in the entries above the one that fails.)
    Walked walk(x86::LinearAddress linear, x86::Access access, const x86::PagingMode& mode);

    void remove(const x86::Removal& removal) { structure_caches_.remove(removal); }
    void clear() { structure_caches_.clear(); }

private:
    struct Reference {
        x86::WalkPosition position;
        x86::PhysicalAddress address;
        x86::Entry entry;
        x86::WalkPosition next;
    };
    struct Path {
        std::array<Reference, x86::level_count> references;
        unsigned length = 0;
    };

    [[nodiscard]] x86::Entry peek(x86::PhysicalAddress address) const
    {
        return x86::Entry{address.value() < memory_.size() ? memory_.read(address) : 0};
    }
    [[nodiscard]] x86::Entry read(x86::Level level, x86::PhysicalAddress address, Walked& walked);
    [[nodiscard]] bool is_current(const PagingStructureCaches::Start& start, x86::LinearAddress linear,
                                  const x86::PagingMode& mode);
    void settle(x86::LinearAddress linear, x86::AccessKind kind, std::uint16_t pcid, const Path& path, Walked& walked);

    PagingStructureCaches structure_caches_;
    memory::PhysicalMemory& memory_;
    memory::Port& port_;
    Ledger& ledger_;
    TableWatch& watch_;
};

} // namespace drywalk::mmu
