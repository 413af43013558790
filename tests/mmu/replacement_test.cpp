// SPDX-License-Identifier: MIT
// Replacement against references that are written another way: a list for LRU, a tree of nodes for pseudo-LRU.
#include "models/mmu/replacement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <set>

namespace drywalk::mmu {
namespace {

/// Ways from most to least recent.
class NaiveLru {
public:
    explicit NaiveLru(std::uint32_t ways) : order_(ways)
    {
        // Untouched ways are taken from the first on, so the first is the oldest.
        std::iota(order_.rbegin(), order_.rend(), 0U);
    }
    void touch(std::uint32_t way)
    {
        std::erase(order_, way);
        order_.insert(order_.begin(), way);
    }
    [[nodiscard]] std::uint32_t victim() const { return order_.back(); }

private:
    std::vector<std::uint32_t> order_;
};

/// A binary tree as objects: each inner node remembers which child was used last and evicts from the other. A node of
/// `count` ways gives its left child the largest power of two that is smaller than `count`.
class TreeNode {
public:
    TreeNode(std::uint32_t first, std::uint32_t count) : first_{first}, count_{count}
    {
        if (count == 1) return;
        std::uint32_t left = 1;
        while (left * 2 < count)
            left *= 2;
        left_ = std::make_unique<TreeNode>(first, left);
        right_ = std::make_unique<TreeNode>(first + left, count - left);
    }
    void touch(std::uint32_t way)
    {
        if (count_ == 1) return;
        evict_right_ = left_->holds(way);
        (evict_right_ ? left_ : right_)->touch(way);
    }
    [[nodiscard]] std::uint32_t victim() const
    {
        if (count_ == 1) return first_;
        return (evict_right_ ? right_ : left_)->victim();
    }
    [[nodiscard]] bool holds(std::uint32_t way) const { return way >= first_ && way < first_ + count_; }
    [[nodiscard]] std::uint32_t left_size() const { return left_->count_; }

private:
    std::uint32_t first_;
    std::uint32_t count_;
    bool evict_right_ = false;
    std::unique_ptr<TreeNode> left_;
    std::unique_ptr<TreeNode> right_;
};

/// Random touches and evictions in random sets; an evicted way is touched, as a fill does.
template <typename Reference>
void compare(machine::Replacement policy, std::uint32_t ways, std::uint64_t seed)
{
    constexpr std::uint32_t sets = 4;
    ReplacementState state{policy, sets, ways, seed};
    std::vector<Reference> references;
    for (std::uint32_t set = 0; set < sets; ++set) {
        if constexpr (std::is_same_v<Reference, TreeNode>) {
            references.emplace_back(0, ways);
        } else {
            references.emplace_back(ways);
        }
    }
    std::mt19937_64 random{seed};
    for (int step = 0; step < 5'000; ++step) {
        const auto set = static_cast<std::uint32_t>(random() % sets);
        auto way = static_cast<std::uint32_t>(random() % ways);
        if (random() % 3 == 0) {
            way = state.victim(set);
            ASSERT_EQ(way, references[set].victim()) << ways << " ways, step " << step;
        }
        state.touch(set, way);
        references[set].touch(way);
    }
}

TEST(Lru, EvictsAsAListOfUsesDoes)
{
    for (const std::uint32_t ways : {1U, 2U, 3U, 4U, 7U, 8U, 12U, 64U})
        compare<NaiveLru>(machine::Replacement::lru, ways, 100 + ways);
}

TEST(TreePlru, EvictsAsATreeOfNodesDoes)
{
    for (const std::uint32_t ways : {1U, 2U, 3U, 4U, 5U, 8U, 12U, 16U, 20U, 64U})
        compare<TreeNode>(machine::Replacement::tree_plru, ways, 200 + ways);
}

TEST(TreePlru, SplitsTwelveWaysIntoEightAndFour)
{
    ASSERT_EQ((TreeNode{0, 12}.left_size()), 8U);
    ReplacementState state{machine::Replacement::tree_plru, 1, 12, 1};
    for (std::uint32_t way = 0; way < 12; ++way) {
        state.touch(0, way);
        // The other half of the root is next: ways 8 to 11 after one of the first eight, and the reverse.
        EXPECT_EQ(state.victim(0) >= 8, way < 8) << way;
    }
}

TEST(TreePlru, NeverEvictsTheWayThatWasUsedLast)
{
    std::mt19937_64 random{5};
    for (const std::uint32_t ways : {2U, 3U, 4U, 8U, 12U}) {
        ReplacementState state{machine::Replacement::tree_plru, 1, ways, 1};
        for (int step = 0; step < 1'000; ++step) {
            const auto way = static_cast<std::uint32_t>(random() % ways);
            state.touch(0, way);
            ASSERT_NE(state.victim(0), way);
        }
    }
}

TEST(TreePlru, VisitsEveryWayBeforeOneAgainIfWaysAreAPowerOfTwo)
{
    for (const std::uint32_t ways : {2U, 4U, 8U, 16U}) {
        ReplacementState state{machine::Replacement::tree_plru, 1, ways, 1};
        std::set<std::uint32_t> evicted;
        for (std::uint32_t step = 0; step < ways; ++step) {
            const std::uint32_t way = state.victim(0);
            state.touch(0, way);
            evicted.insert(way);
        }
        EXPECT_EQ(evicted.size(), ways);
    }
}

/// After 0 1 2 3 0 the least recent way is 1; the tree knows only that the left pair was used last, and of the right
/// pair way 3.
TEST(TreePlru, IsNotLru)
{
    ReplacementState lru{machine::Replacement::lru, 1, 4, 1};
    ReplacementState tree{machine::Replacement::tree_plru, 1, 4, 1};
    for (const std::uint32_t way : {0U, 1U, 2U, 3U, 0U}) {
        lru.touch(0, way);
        tree.touch(0, way);
    }
    EXPECT_EQ(lru.victim(0), 1U);
    EXPECT_EQ(tree.victim(0), 2U);
}

/// [8, 4] is what a binary tree of 12 does anyway; [4, 8] is another shape.
TEST(TreePlru, GroupsOfWaysGiveTheTreeItsShape)
{
    ReplacementState plain{machine::Replacement::tree_plru, 1, 12, 1};
    ReplacementState same{machine::Replacement::tree_plru, 1, 12, 1, {8, 4}};
    ReplacementState other{machine::Replacement::tree_plru, 1, 12, 1, {4, 8}};
    std::mt19937_64 random{3};
    for (int step = 0; step < 2'000; ++step) {
        const auto way = static_cast<std::uint32_t>(random() % 12);
        plain.touch(0, way);
        same.touch(0, way);
        other.touch(0, way);
        ASSERT_EQ(plain.victim(0), same.victim(0));
        ASSERT_EQ(other.victim(0) >= 4, way < 4);
    }
}

/// Three groups [2, 2, 2]: the upper tree chooses between the first two and the last.
TEST(TreePlru, AnUpperTreeChoosesBetweenMoreThanTwoGroups)
{
    ReplacementState state{machine::Replacement::tree_plru, 1, 6, 1, {2, 2, 2}};
    state.touch(0, 0);
    EXPECT_EQ(state.victim(0), 4U); // not the side of way 0, and there the left way
    state.touch(0, 4);
    EXPECT_EQ(state.victim(0), 2U); // not the group of way 0
    state.touch(0, 2);
    EXPECT_EQ(state.victim(0), 5U);
    state.touch(0, 5);
    EXPECT_EQ(state.victim(0), 1U);
}

/// The group after the one used last, whatever happened before; inside it a tree of its own.
TEST(Mru3Plru4, EvictsFromTheGroupAfterTheOneUsedLast)
{
    ReplacementState state{machine::Replacement::mru3_plru4, 2, 12, 1};
    std::vector<TreeNode> groups;
    for (std::uint32_t group = 0; group < 3; ++group)
        groups.emplace_back(0, 4);
    std::mt19937_64 random{4};
    for (int step = 0; step < 2'000; ++step) {
        const auto way = static_cast<std::uint32_t>(random() % 12);
        state.touch(1, way);
        groups[way / 4].touch(way % 4);
        const std::uint32_t next = (way / 4 + 1) % 3;
        ASSERT_EQ(state.victim(1), next * 4 + groups[next].victim());
    }
}

TEST(Nru, EvictsTheFirstWayThatWasNotUsedSinceAllWere)
{
    ReplacementState state{machine::Replacement::nru, 1, 4, 1};
    for (const std::uint32_t way : {0U, 2U})
        state.touch(0, way);
    EXPECT_EQ(state.victim(0), 1U);
    state.touch(0, 1);
    EXPECT_EQ(state.victim(0), 3U);
    state.touch(0, 3); // all were: only this use is remembered
    EXPECT_EQ(state.victim(0), 0U);
    state.touch(0, 0);
    EXPECT_EQ(state.victim(0), 1U);
    ReplacementState single{machine::Replacement::nru, 1, 1, 1};
    single.touch(0, 0);
    EXPECT_EQ(single.victim(0), 0U);
}

/// The fast path leaves out a use that repeats the one before.
TEST(AnyPolicy, ASecondUseInARowChangesNothing)
{
    for (const machine::Replacement policy : {machine::Replacement::lru, machine::Replacement::tree_plru,
                                              machine::Replacement::mru3_plru4, machine::Replacement::nru}) {
        ReplacementState once{policy, 1, 12, 1};
        ReplacementState twice{policy, 1, 12, 1};
        std::mt19937_64 random{6};
        for (int step = 0; step < 1'000; ++step) {
            const auto way = static_cast<std::uint32_t>(random() % 12);
            once.touch(0, way);
            twice.touch(0, way);
            twice.touch(0, way);
            ASSERT_EQ(once.victim(0), twice.victim(0));
        }
    }
}

std::vector<std::uint32_t> random_victims(std::uint64_t seed, std::uint32_t ways)
{
    ReplacementState state{machine::Replacement::random, 2, ways, seed};
    std::vector<std::uint32_t> victims;
    for (int step = 0; step < 4'000; ++step)
        victims.push_back(state.victim(0));
    return victims;
}

TEST(RandomReplacement, IsTheSameForTheSameSeed)
{
    EXPECT_EQ(random_victims(1, 8), random_victims(1, 8));
    EXPECT_NE(random_victims(1, 8), random_victims(2, 8));
}

TEST(RandomReplacement, ReachesEveryWayAboutEquallyOften)
{
    for (const std::uint64_t seed : {0U, 1U, 12345U}) {
        const std::vector<std::uint32_t> victims = random_victims(seed, 8);
        for (std::uint32_t way = 0; way < 8; ++way) {
            const auto times = std::ranges::count(victims, way);
            EXPECT_GT(times, 400) << "seed " << seed << ", way " << way; // 500 expected
            EXPECT_LT(times, 600) << "seed " << seed << ", way " << way;
        }
    }
}

} // namespace
} // namespace drywalk::mmu
