// SPDX-License-Identifier: MIT
// The paging-structure caches: where a walk may start below the root. [intel/vol3] 4.10.3
#pragma once

#include "models/mmu/profile.hpp"
#include "models/x86/invalidation.hpp"

#include <array>
#include <optional>
#include <vector>

namespace drywalk::mmu {

/// PML4E, PDPTE and PDE caches, each fully associative with true LRU.
class PagingStructureCaches {
public:
    explicit PagingStructureCaches(const PagingStructureCacheProfile& profile);

    /// The lowest position that a walk of `linear` can start from, if any entry covers it.
    [[nodiscard]] std::optional<x86::WalkPosition> find(x86::LinearAddress linear, std::uint16_t pcid);

    /// Keeps what an entry read at `level` for `linear` led to. `level` is above Level::pte.
    void insert(x86::LinearAddress linear, x86::Level level, std::uint16_t pcid, const x86::WalkPosition& next);
    void remove(const x86::Removal& removal);
    void clear();

private:
    struct Entry {
        x86::LinearAddress region; ///< of `1 << index_shift(level)` bytes
        std::uint16_t pcid = 0;
        x86::WalkPosition next;
    };
    struct Level {
        x86::Level level;
        std::uint32_t capacity;
        std::vector<Entry> entries; ///< from most to least recent
    };

    [[nodiscard]] static x86::LinearAddress region_of(x86::LinearAddress linear, x86::Level level)
    {
        return x86::LinearAddress::truncate(linear.value() >> index_shift(level) << index_shift(level));
    }

    std::array<Level, 3> levels_; ///< from the PDE cache up
};

} // namespace drywalk::mmu
