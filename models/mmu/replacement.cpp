// SPDX-License-Identifier: MIT
#include "models/mmu/replacement.hpp"

#include <algorithm>
#include <bit>

namespace drywalk::mmu {

namespace {

/// Spreads small seeds over all bits; odd, so that no seed gives the state 0 but 0 itself.
constexpr std::uint64_t seed_factor = 0x9e37'79b9'7f4a'7c15;

/// How many of `ways` stand in the left half of a node: the largest power of two below, so 12 splits into 8 and 4.
constexpr std::uint32_t left_ways(std::uint32_t ways) { return std::bit_floor(ways - 1); }

} // namespace

ReplacementState::ReplacementState(Replacement policy, std::uint32_t sets, std::uint32_t ways, std::uint64_t seed)
    : policy_{policy}, ways_{ways}, random_{(seed == 0 ? 1 : seed) * seed_factor}
{
    const auto all = static_cast<std::size_t>(sets) * ways;
    if (policy == Replacement::lru) stamps_.resize(all);
    if (policy == Replacement::tree_plru) points_right_.resize(all);
}

void ReplacementState::touch(std::uint32_t set, std::uint32_t way)
{
    if (policy_ == Replacement::lru) stamps_[static_cast<std::size_t>(set) * ways_ + way] = ++uses_;
    if (policy_ == Replacement::tree_plru) touch_tree(set, way);
}

std::uint32_t ReplacementState::victim(std::uint32_t set)
{
    switch (policy_) {
    case Replacement::lru: return oldest(set);
    case Replacement::tree_plru: return tree_victim(set);
    case Replacement::random: break;
    }
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<std::uint32_t>(random_ % ways_);
}

/// Every node on the way to `way` points to the other side. A node's left subtree follows it; with `left` ways it has
/// `left - 1` nodes, then comes the right subtree.
void ReplacementState::touch_tree(std::uint32_t set, std::uint32_t way)
{
    std::uint8_t* node = &points_right_[static_cast<std::size_t>(set) * ways_];
    for (std::uint32_t ways = ways_; ways > 1;) {
        const std::uint32_t left = left_ways(ways);
        const bool went_right = way >= left;
        *node = went_right ? 0 : 1;
        node += went_right ? left : 1;
        way -= went_right ? left : 0;
        ways = went_right ? ways - left : left;
    }
}

std::uint32_t ReplacementState::tree_victim(std::uint32_t set) const
{
    const std::uint8_t* node = &points_right_[static_cast<std::size_t>(set) * ways_];
    std::uint32_t way = 0;
    for (std::uint32_t ways = ways_; ways > 1;) {
        const std::uint32_t left = left_ways(ways);
        const bool right = *node != 0;
        node += right ? left : 1;
        way += right ? left : 0;
        ways = right ? ways - left : left;
    }
    return way;
}

std::uint32_t ReplacementState::oldest(std::uint32_t set) const
{
    const auto first = stamps_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(set) * ways_);
    return static_cast<std::uint32_t>(std::min_element(first, first + ways_) - first);
}

} // namespace drywalk::mmu
