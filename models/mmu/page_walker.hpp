// SPDX-License-Identifier: MIT
// The page walker: reads entries through the data caches, sets A and D, feeds the paging-structure caches.
#pragma once

#include "models/memory/physical_memory.hpp"
#include "models/memory/port.hpp"
#include "models/mmu/cycles.hpp"
#include "models/mmu/paging_structure_cache.hpp"

#include <array>
#include <optional>

namespace drywalk::mmu {

struct Walked {
    std::optional<x86::Translation> translation; ///< absent: the access faults
    x86::PageFaultCode fault;
    std::uint64_t cycles = 0;
    bool from_root = true; ///< false: a paging-structure cache supplied the upper levels
};

class PageWalker {
public:
    PageWalker(const PagingStructureCacheProfile& profile, memory::PhysicalMemory& memory, memory::Port& port,
               Ledger& ledger)
        : structure_caches_{profile}, memory_{memory}, port_{port}, ledger_{ledger}
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
    using Path = std::array<Reference, x86::level_count>;

    [[nodiscard]] x86::Entry read(const x86::WalkPosition& position, x86::PhysicalAddress address, Walked& walked);
    void settle(x86::LinearAddress linear, x86::AccessKind kind, std::uint16_t pcid, const Path& path, unsigned length,
                Walked& walked);

    PagingStructureCaches structure_caches_;
    memory::PhysicalMemory& memory_;
    memory::Port& port_;
    Ledger& ledger_;
};

} // namespace drywalk::mmu
