// SPDX-License-Identifier: MIT
// One data cache: which addresses share a line and a set, and which line makes room.
#include "models/memory/cache.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace drywalk::memory {
namespace {

using x86::PhysicalAddress;

PhysicalAddress line(std::uint64_t number) { return PhysicalAddress{number * machine::line_bytes}; }

TEST(Cache, MissesOnceThenHitsTheWholeLineAndNotTheNext)
{
    Cache cache{{4, 2, 3}};
    EXPECT_FALSE(cache.access(PhysicalAddress{0x1000}));
    EXPECT_TRUE(cache.access(PhysicalAddress{0x1000}));
    EXPECT_TRUE(cache.access(PhysicalAddress{0x103f}));
    EXPECT_FALSE(cache.access(PhysicalAddress{0x1040}));
    EXPECT_FALSE(cache.access(PhysicalAddress{0x0fff}));
    EXPECT_EQ(cache.latency(), 3U);
}

TEST(Cache, EvictsTheLeastRecentLineOfTheSet)
{
    Cache cache{{1, 3, 1}};
    for (const std::uint64_t number : {1U, 2U, 3U})
        EXPECT_FALSE(cache.access(line(number)));
    EXPECT_TRUE(cache.access(line(1)));  // order now 1 3 2
    EXPECT_FALSE(cache.access(line(4))); // evicts 2: 4 1 3
    EXPECT_TRUE(cache.access(line(3)));  // 3 4 1
    EXPECT_FALSE(cache.access(line(2))); // evicts 1
    EXPECT_FALSE(cache.access(line(1)));
}

/// Two lines conflict exactly if their numbers agree modulo the number of sets.
TEST(Cache, MapsLinesToSetsByTheirLowBits)
{
    constexpr std::uint32_t sets = 8;
    for (std::uint64_t other = 1; other < 4 * sets; ++other) {
        Cache direct_mapped{{sets, 1, 1}};
        (void)direct_mapped.access(line(0));
        (void)direct_mapped.access(line(other));
        EXPECT_EQ(direct_mapped.access(line(0)), other % sets != 0) << other;
    }
}

TEST(Cache, AProfileWithoutTheLevelNeverHits)
{
    for (const machine::CacheProfile profile : {machine::CacheProfile{0, 0, 0}, machine::CacheProfile{0, 4, 5}}) {
        Cache cache{profile};
        for (int repeat = 0; repeat < 3; ++repeat)
            EXPECT_FALSE(cache.access(line(1)));
    }
}

TEST(Cache, ClearForgetsEveryLine)
{
    Cache cache{{2, 2, 1}};
    for (const std::uint64_t number : {0U, 1U, 2U, 3U})
        (void)cache.access(line(number));
    cache.clear();
    for (const std::uint64_t number : {0U, 1U, 2U, 3U})
        EXPECT_FALSE(cache.access(line(number)));
}

/// The same rule written with one deque a set.
class NaiveCache {
public:
    NaiveCache(std::uint64_t sets, std::size_t ways) : ways_{ways}, sets_(sets) {}

    bool access(std::uint64_t number)
    {
        std::deque<std::uint64_t>& set = sets_[number % sets_.size()];
        const bool hit = std::erase(set, number) != 0;
        set.push_front(number);
        if (set.size() > ways_) set.pop_back();
        return hit;
    }

private:
    std::size_t ways_;
    std::vector<std::deque<std::uint64_t>> sets_;
};

TEST(Cache, AgreesWithANaiveOneOnRandomLines)
{
    std::mt19937_64 random{1};
    for (const auto& [sets, ways] :
         {std::pair{1U, 1U}, {1U, 8U}, {4U, 2U}, {16U, 12U}, {3U, 5U}, {2U, 16U}, {2U, 29U}, {1U, 128U}}) {
        Cache cache{{sets, ways, 1}};
        NaiveCache naive{sets, ways};
        for (int access = 0; access < 20'000; ++access) {
            const std::uint64_t number = random() % (2 * sets * ways);
            ASSERT_EQ(cache.access(line(number) + random() % machine::line_bytes), naive.access(number)) << access;
        }
    }
}

} // namespace
} // namespace drywalk::memory
