// SPDX-License-Identifier: MIT
// Which way of a set makes room: true LRU, a pseudo-LRU tree, or chance.
#pragma once

#include "models/mmu/profile.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::mmu {

/// The recency state of all sets of one array. `ways` is at least 1 and at most 4096.
class ReplacementState {
public:
    ReplacementState(Replacement policy, std::uint32_t sets, std::uint32_t ways, std::uint64_t seed);

    /// Way `way` of `set` was used.
    void touch(std::uint32_t set, std::uint32_t way);
    /// The way to evict from `set`, all ways being taken.
    [[nodiscard]] std::uint32_t victim(std::uint32_t set);

private:
    void touch_tree(std::uint32_t set, std::uint32_t way);
    [[nodiscard]] std::uint32_t tree_victim(std::uint32_t set) const;
    [[nodiscard]] std::uint32_t oldest(std::uint32_t set) const;

    Replacement policy_;
    std::uint32_t ways_;
    std::uint64_t uses_ = 0;                 ///< lru: stamps grow with each use
    std::uint64_t random_;                   ///< random: state of a xorshift generator
    std::vector<std::uint64_t> stamps_;      ///< lru: sets * ways
    std::vector<std::uint8_t> points_right_; ///< tree_plru: sets * (ways - 1) nodes, in the order of a depth-first walk
};

} // namespace drywalk::mmu
