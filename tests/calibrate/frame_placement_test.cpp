// SPDX-License-Identifier: MIT
// Where frames lie: a permutation in each case, and in turn where page colours are to be.
#include "sim/calibrate/frame_placement.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace drywalk::calibrate {
namespace {

TEST(FramePlacement, GivesEveryFrameAPlaceOfItsOwn)
{
    for (const Placement placement : {Placement::random, Placement::coloured, Placement::sequential}) {
        const FramePlacement frames{placement, 11, 16};
        std::set<std::uint64_t> places;
        for (std::uint64_t frame = 0; frame < 10'000; ++frame)
            EXPECT_TRUE(places.insert(frames[frame]).second) << placement_name(placement) << ' ' << frame;
    }
}

/// [0, 256) and [256, 768) are mapped by two tables; the second takes the colour between them.
TEST(FramePlacement, ColouredGivesNeighboursAndPageTablesTheColoursInTurn)
{
    const FramePlacement frames{Placement::coloured, 11, 32};
    for (std::uint64_t frame = 1; frame < 768; ++frame) {
        const std::uint64_t step = (frames[frame] + 32 - frames[frame - 1] % 32) % 32;
        EXPECT_EQ(step, frame == 256 ? 2U : 1U) << frame;
    }
    EXPECT_NE(frames[1], frames[0] + 1) << "the same colours, but anywhere";
}

TEST(FramePlacement, ColoursAreThePagesOfAWay)
{
    EXPECT_EQ(page_colours({.sets = 1024, .ways = 16}), 16U);
    EXPECT_EQ(page_colours({.sets = 2048, .ways = 8}), 32U);
    EXPECT_EQ(page_colours({.sets = 1280, .ways = 8}), 16U);
    EXPECT_EQ(page_colours({.sets = 2, .ways = 1}), 1U);
    EXPECT_EQ(page_colours({}), 1U);
}

TEST(FramePlacement, SequentialLeavesFramesAlone)
{
    const FramePlacement frames{Placement::sequential, 11, 16};
    EXPECT_EQ(frames[12'345], 12'345U);
}

TEST(PlacedCaches, ServesFromTheLevelThatHasTheLine)
{
    const machine::HierarchyProfile profile{
        {.sets = 64, .ways = 1, .latency = 4}, {.sets = 64, .ways = 8, .latency = 14}, {}, 100};
    PlacedCaches caches{profile, Placement::random, 1};
    const x86::PhysicalAddress one{0x10'0000};
    const x86::PhysicalAddress same_l1_set{0x20'0000};
    EXPECT_EQ(caches.access(one).served_by, machine::ServedBy::dram);
    EXPECT_EQ(caches.access(one).cycles, 4U);
    EXPECT_EQ(caches.access(same_l1_set).cycles, 100U);
    EXPECT_EQ(caches.access(one).cycles, 14U);
}

} // namespace
} // namespace drywalk::calibrate
