// SPDX-License-Identifier: MIT
// Which way of a set makes room: true LRU, trees of pseudo-LRU bits, used bits, or chance.
#pragma once

#include "models/machine/mmu_profile.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::mmu {

/// The recency state of all sets of one array. `ways` is at least 1, at most 4096 for lru and random and at most
/// most_bit_ways for the others; for mru3_plru4 it is a multiple of 3.
class ReplacementState {
public:
    static constexpr std::uint32_t most_bit_ways = 64; ///< their state is one word a set

    ReplacementState(machine::Replacement policy, std::uint32_t sets, std::uint32_t ways, std::uint64_t seed,
                     const std::vector<std::uint32_t>& tree_groups = {});

    /// Way `way` of `set` was used. A second use in a row changes nothing.
    void touch(std::uint32_t set, std::uint32_t way)
    {
        switch (policy_) {
        case machine::Replacement::lru: move_to_front(set, way); return;
        case machine::Replacement::tree_plru:
        case machine::Replacement::mru3_plru4: bits_[set] = (bits_[set] & marks_[way].kept) | marks_[way].set; return;
        case machine::Replacement::nru: mark_used(set, way); return;
        case machine::Replacement::random: return;
        }
    }
    /// The way to evict from `set`, all ways being taken.
    [[nodiscard]] std::uint32_t victim(std::uint32_t set)
    {
        if (policy_ == machine::Replacement::lru) return ends_[set].oldest;
        return victims_.empty() ? computed_victim(set) : victims_[bits_[set]];
    }

private:
    using Way = std::uint16_t;
    /// The neighbours of a way in its set's order of use; a way without one points to itself.
    struct Links {
        Way newer = 0;
        Way older = 0;
    };
    struct Ends {
        Way newest = 0;
        Way oldest = 0;
    };
    /// What a use of a way does to the bits of its set.
    struct Marks {
        std::uint64_t kept = ~std::uint64_t{0};
        std::uint64_t set = 0;
    };
    /// A subtree: a node's number, or a way as -1 - way.
    using Subtree = int;
    struct Node {
        Subtree left = 0;
        Subtree right = 0;
    };
    /// Inner nodes choose left or right by one bit each; above them, mru3_plru4 remembers the group last used.
    [[nodiscard]] unsigned group_shift() const { return ways_ - mru_groups; }
    static constexpr std::uint32_t mru_groups = 3;
    static constexpr unsigned group_bits = 2;

    void link_all(std::uint32_t sets);
    void move_to_front(std::uint32_t set, std::uint32_t way)
    {
        Ends& ends = ends_[set];
        if (ends.newest == way) return;
        Links* const ways = &links_[static_cast<std::size_t>(set) * ways_];
        const Links old = ways[way];
        ways[old.newer].older = old.older == way ? old.newer : old.older;
        if (ends.oldest == way) {
            ends.oldest = old.newer;
        } else {
            ways[old.older].newer = old.newer;
        }
        ways[ends.newest].newer = static_cast<Way>(way);
        ways[way] = {static_cast<Way>(way), ends.newest};
        ends.newest = static_cast<Way>(way);
    }
    void mark_used(std::uint32_t set, std::uint32_t way)
    {
        const std::uint64_t bit = std::uint64_t{1} << way;
        bits_[set] |= bit;
        if (bits_[set] == all_ways_) bits_[set] = bit;
    }
    void build_trees(const std::vector<std::uint32_t>& groups);
    [[nodiscard]] Subtree build_ways(std::uint32_t first, std::uint32_t count);
    [[nodiscard]] Subtree build_groups(std::uint32_t first_way, const std::uint32_t* groups, std::uint32_t count);
    [[nodiscard]] Subtree join(Subtree left, Subtree right);
    void mark_paths(Subtree subtree, Marks above);
    void tabulate_victims(std::size_t state_bits);
    [[nodiscard]] std::uint32_t tree_victim(Subtree root, std::uint64_t bits) const;
    [[nodiscard]] std::uint32_t tree_victim(std::uint64_t bits) const;
    [[nodiscard]] std::uint32_t computed_victim(std::uint32_t set);
    [[nodiscard]] std::uint32_t random_victim();

    machine::Replacement policy_;
    std::uint32_t ways_;
    std::uint64_t all_ways_;            ///< nru: one bit a way
    std::uint64_t random_;              ///< random: state of a xorshift generator
    std::vector<Links> links_;          ///< lru: sets * ways
    std::vector<Ends> ends_;            ///< lru: by set
    std::vector<std::uint64_t> bits_;   ///< trees and nru: by set; a tree's bit is 1 if the node points to the right
    std::vector<Marks> marks_;          ///< trees: by way
    std::vector<Node> nodes_;           ///< trees
    std::vector<std::uint8_t> victims_; ///< trees of few nodes: by the set's bits
    std::vector<Subtree> roots_;        ///< tree_plru: one; mru3_plru4: one a group
};

} // namespace drywalk::mmu
