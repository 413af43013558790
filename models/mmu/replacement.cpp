// SPDX-License-Identifier: MIT
#include "models/mmu/replacement.hpp"

#include <algorithm>
#include <bit>

namespace drywalk::mmu {

namespace {

/// Spreads small seeds over all bits; odd, so that no seed gives the state 0 but 0 itself.
constexpr std::uint64_t seed_factor = 0x9e37'79b9'7f4a'7c15;

/// So that the table of victims stays in few kilobytes.
constexpr std::size_t most_tabled_bits = 11;

/// How many of `leaves` stand in the left half of a node: the largest power of two below, so 12 splits into 8 and 4.
constexpr std::uint32_t left_leaves(std::uint32_t leaves) { return std::bit_floor(leaves - 1); }

} // namespace

ReplacementState::ReplacementState(machine::Replacement policy, std::uint32_t sets, std::uint32_t ways,
                                   std::uint64_t seed, const std::vector<std::uint32_t>& tree_groups)
    : policy_{policy}, ways_{ways}, all_ways_{ways < 64 ? (std::uint64_t{1} << ways) - 1 : ~std::uint64_t{0}},
      random_{(seed == 0 ? 1 : seed) * seed_factor}
{
    switch (policy) {
    case machine::Replacement::lru: link_all(sets); break;
    case machine::Replacement::tree_plru:
    case machine::Replacement::mru3_plru4: build_trees(tree_groups); [[fallthrough]];
    case machine::Replacement::nru: bits_.resize(sets); break;
    case machine::Replacement::random: break;
    }
}

/// Untouched ways go from the first on, so the first is the oldest.
void ReplacementState::link_all(std::uint32_t sets)
{
    const auto last = static_cast<Way>(ways_ - 1);
    ends_.assign(sets, {last, 0});
    links_.resize(static_cast<std::size_t>(sets) * ways_);
    for (std::size_t index = 0; index < links_.size(); ++index) {
        const auto way = static_cast<Way>(index % ways_);
        links_[index] = {way == last ? last : static_cast<Way>(way + 1), way == 0 ? Way{0} : static_cast<Way>(way - 1)};
    }
}

std::uint32_t ReplacementState::computed_victim(std::uint32_t set)
{
    switch (policy_) {
    case machine::Replacement::lru: return ends_[set].oldest;
    case machine::Replacement::tree_plru:
    case machine::Replacement::mru3_plru4: return tree_victim(bits_[set]);
    case machine::Replacement::nru: return std::min(static_cast<std::uint32_t>(std::countr_one(bits_[set])), ways_ - 1);
    case machine::Replacement::random: break;
    }
    return random_victim();
}

std::uint32_t ReplacementState::random_victim()
{
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<std::uint32_t>(random_ % ways_);
}

void ReplacementState::build_trees(const std::vector<std::uint32_t>& groups)
{
    marks_.resize(ways_);
    if (policy_ == machine::Replacement::tree_plru) {
        const std::vector<std::uint32_t> all = groups.empty() ? std::vector<std::uint32_t>{ways_} : groups;
        roots_ = {build_groups(0, all.data(), static_cast<std::uint32_t>(all.size()))};
        mark_paths(roots_[0], {});
        tabulate_victims(nodes_.size());
        return;
    }
    const std::uint32_t group_ways = ways_ / mru_groups;
    for (std::uint32_t group = 0; group < mru_groups; ++group) {
        roots_.push_back(build_ways(group * group_ways, group_ways));
        mark_paths(roots_[group], {~(std::uint64_t{3} << group_shift()), std::uint64_t{group} << group_shift()});
    }
    tabulate_victims(nodes_.size() + group_bits);
}

void ReplacementState::tabulate_victims(std::size_t state_bits)
{
    if (state_bits > most_tabled_bits) return;
    victims_.resize(std::size_t{1} << state_bits);
    for (std::size_t bits = 0; bits < victims_.size(); ++bits)
        victims_[bits] = static_cast<std::uint8_t>(tree_victim(bits));
}

ReplacementState::Subtree ReplacementState::build_groups(std::uint32_t first_way, const std::uint32_t* groups,
                                                         std::uint32_t count)
{
    if (count == 1) return build_ways(first_way, groups[0]);
    const std::uint32_t left = left_leaves(count);
    std::uint32_t left_ways = 0;
    for (std::uint32_t group = 0; group < left; ++group)
        left_ways += groups[group];
    const Subtree left_side = build_groups(first_way, groups, left);
    return join(left_side, build_groups(first_way + left_ways, groups + left, count - left));
}

ReplacementState::Subtree ReplacementState::build_ways(std::uint32_t first, std::uint32_t count)
{
    if (count == 1) return -1 - static_cast<Subtree>(first);
    const std::uint32_t left = left_leaves(count);
    const Subtree left_side = build_ways(first, left);
    return join(left_side, build_ways(first + left, count - left));
}

ReplacementState::Subtree ReplacementState::join(Subtree left, Subtree right)
{
    nodes_.push_back({left, right});
    return static_cast<Subtree>(nodes_.size()) - 1;
}

/// Every node on the way to a way points to the other side after a use.
void ReplacementState::mark_paths(Subtree subtree, Marks above)
{
    if (subtree < 0) {
        marks_[static_cast<std::size_t>(-1 - subtree)] = above;
        return;
    }
    const std::uint64_t bit = std::uint64_t{1} << subtree;
    const Node node = nodes_[static_cast<std::size_t>(subtree)];
    above.kept &= ~bit;
    mark_paths(node.left, {above.kept, above.set | bit});
    mark_paths(node.right, above);
}

/// The victim of a set with these bits.
std::uint32_t ReplacementState::tree_victim(std::uint64_t bits) const
{
    if (policy_ == machine::Replacement::tree_plru) return tree_victim(roots_[0], bits);
    return tree_victim(roots_[((bits >> group_shift()) + 1) % mru_groups], bits);
}

std::uint32_t ReplacementState::tree_victim(Subtree root, std::uint64_t bits) const
{
    Subtree at = root;
    while (at >= 0) {
        const Node& node = nodes_[static_cast<std::size_t>(at)];
        at = (bits >> at & 1) != 0 ? node.right : node.left;
    }
    return static_cast<std::uint32_t>(-1 - at);
}

} // namespace drywalk::mmu
