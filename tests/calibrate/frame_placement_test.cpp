// SPDX-License-Identifier: MIT
// Where frames lie: a permutation in each case, and balanced if page colours are to be.
#include "sim/calibrate/frame_placement.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace drywalk::calibrate {
namespace {

TEST(FramePlacement, GivesEveryFrameAPlaceOfItsOwn)
{
    for (const Placement placement : {Placement::random, Placement::balanced, Placement::sequential}) {
        const FramePlacement frames{placement, 11};
        std::set<std::uint64_t> places;
        for (std::uint64_t frame = 0; frame < 10'000; ++frame)
            EXPECT_TRUE(places.insert(frames[frame]).second) << placement_name(placement) << ' ' << frame;
    }
}

TEST(FramePlacement, BalancedTakesEachColourOnceIn32Neighbours)
{
    const FramePlacement frames{Placement::balanced, 11};
    for (std::uint64_t group = 0; group < 50; ++group) {
        std::set<std::uint64_t> colours;
        for (std::uint64_t frame = 0; frame < 32; ++frame)
            colours.insert(frames[group * 32 + frame] % 32);
        EXPECT_EQ(colours.size(), 32U);
    }
}

TEST(FramePlacement, SequentialLeavesFramesAlone)
{
    const FramePlacement frames{Placement::sequential, 11};
    EXPECT_EQ(frames[12'345], 12'345U);
}

TEST(PlacedCaches, ServesFromTheLevelThatHasTheLine)
{
    const memory::HierarchyProfile profile{
        {.sets = 64, .ways = 1, .latency = 4}, {.sets = 64, .ways = 8, .latency = 14}, {}, 100};
    PlacedCaches caches{profile, Placement::random, 1};
    const x86::PhysicalAddress one{0x10'0000};
    const x86::PhysicalAddress same_l1_set{0x20'0000};
    EXPECT_EQ(caches.access(one).served_by, memory::ServedBy::dram);
    EXPECT_EQ(caches.access(one).cycles, 4U);
    EXPECT_EQ(caches.access(same_l1_set).cycles, 100U);
    EXPECT_EQ(caches.access(one).cycles, 14U);
}

} // namespace
} // namespace drywalk::calibrate
