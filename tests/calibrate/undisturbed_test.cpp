// SPDX-License-Identifier: MIT
// What remains of timings that were interrupted.
#include "sim/calibrate/undisturbed.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate {
namespace {

TEST(Undisturbed, IsTheLeastMeanOfARepeatWhereNothingHappened)
{
    const Undisturbed result = undisturbed({{4.0, 4.2}, {4.1, 4.1}, {4.0, 4.0}});
    EXPECT_EQ(result.cycles, 4.0);
    EXPECT_FALSE(result.disturbed);
    EXPECT_TRUE(result.trustworthy);
}

/// Each repeat loses one of its pieces to another program; the others tell the latency.
TEST(Undisturbed, LeavesPreemptedPiecesOut)
{
    const Undisturbed result = undisturbed({{230, 2300, 232, 230}, {231, 230, 3500, 230}, {234, 236, 234, 2900}});
    EXPECT_NEAR(result.cycles, 230.3, 0.1);
    EXPECT_TRUE(result.disturbed) << "a quarter of the pieces";
    EXPECT_TRUE(result.trustworthy);
}

TEST(Undisturbed, SaysWhenMostRepeatsWerePreempted)
{
    const Undisturbed result = undisturbed({{230, 2300, 2400, 2200}, {2300, 2300, 230, 2500}, {230, 231, 230, 231}});
    EXPECT_NEAR(result.cycles, 230.5, 0.1);
    EXPECT_TRUE(result.disturbed);
    EXPECT_FALSE(result.trustworthy);
}

TEST(Undisturbed, OfOnePieceIsThatPiece) { EXPECT_EQ(undisturbed({{7.0}}).cycles, 7.0); }

} // namespace
} // namespace drywalk::calibrate
