// SPDX-License-Identifier: MIT
// Errors, plateaus and knees of curves that are made up.
#include "sim/calibrate/comparison.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate {
namespace {

MeasuredCurves staircase()
{
    MeasuredCurves curves{"elements", {}};
    const double cycles[] = {4, 4, 4, 11, 11, 11, 11, 22, 22, 22, 50};
    std::uint64_t size = 8;
    for (const double each : cycles) {
        Pattern pattern;
        pattern.series = "stairs";
        pattern.size = pattern.elements = size;
        pattern.spacing = 64;
        curves.points.push_back({pattern, each});
        size *= 2;
    }
    return curves;
}

TEST(Plateaus, AreStretchesOfThreePointsThatAreLevel)
{
    const std::vector<Plateau> plateaus = plateaus_of({4, 4, 4.2, 9, 14, 14.1, 13.9, 14, 20, 30, 77, 78, 76});
    ASSERT_EQ(plateaus.size(), 3U);
    EXPECT_EQ(plateaus[0].first, 0U);
    EXPECT_EQ(plateaus[0].last, 2U);
    EXPECT_EQ(plateaus[1].first, 4U);
    EXPECT_EQ(plateaus[1].last, 7U);
    EXPECT_EQ(plateaus[1].cycles, 14.0);
    EXPECT_EQ(plateaus[2].cycles, 77.0);
    EXPECT_TRUE(plateaus_of({1, 2}).empty());
    EXPECT_TRUE(plateaus_of({}).empty());
}

TEST(Comparison, OfEqualCurvesHasNoErrorAndNoShift)
{
    const MeasuredCurves measured = staircase();
    std::size_t next = 0;
    std::size_t heard = 0;
    const Comparison comparison = compare(
        measured, [&](const Pattern&) { return measured.points[next++].cycles; },
        [&](std::size_t done) { heard = done; });
    EXPECT_EQ(heard, measured.points.size());
    ASSERT_EQ(comparison.series.size(), 1U);
    EXPECT_EQ(mean_error(comparison.series[0].points).absolute, 0.0);
    ASSERT_EQ(comparison.series[0].plateaus.size(), 3U);
    for (const ComparedPlateau& plateau : comparison.series[0].plateaus) {
        ASSERT_TRUE(plateau.simulated);
        EXPECT_EQ(plateau.knee_shift, 0);
    }
}

TEST(Comparison, SeesAKneeThatComesLate)
{
    const MeasuredCurves measured = staircase();
    const double simulated[] = {4, 4, 4, 4, 11, 11, 11, 22, 22, 22, 55};
    std::size_t next = 0;
    const Comparison comparison = compare(measured, [&](const Pattern&) { return simulated[next++]; });
    const std::vector<ComparedPlateau>& plateaus = comparison.series[0].plateaus;
    EXPECT_EQ(plateaus[0].knee_shift, 1);
    EXPECT_EQ(plateaus[1].knee_shift, 0);
    const MeanError mean = mean_error(comparison.series[0].points);
    EXPECT_EQ(mean.points, 11U);
    EXPECT_EQ(mean.within_15_percent, 10U);
    EXPECT_NEAR(mean.absolute, (7.0 / 11 + 0.1) / 11, 1e-12);
    const std::vector<ComparedPoint> worst = worst_points(comparison, 2);
    ASSERT_EQ(worst.size(), 2U);
    EXPECT_EQ(worst[0].pattern.size, 64U);
    EXPECT_EQ(worst[1].pattern.size, 8192U);
}

TEST(Comparison, DoesNotMatchAPlateauOfAnotherHeight)
{
    const MeasuredCurves measured = staircase();
    const Comparison comparison = compare(measured, [](const Pattern&) { return 30.0; });
    for (const ComparedPlateau& plateau : comparison.series[0].plateaus)
        EXPECT_FALSE(plateau.simulated);
}

TEST(Comparison, JudgesBuffersUpTo64MiB)
{
    Pattern pattern;
    pattern.spacing = 4096;
    pattern.elements = 16'384;
    EXPECT_TRUE(is_judged(pattern));
    pattern.elements = 16'385;
    EXPECT_FALSE(is_judged(pattern));
    pattern.lines = Lines::varied;
    EXPECT_TRUE(is_judged(pattern)) << "one line per page: the data stays small";
    EXPECT_FALSE(is_judged(pattern, 1 << 20)) << "16,385 lines are more";
}

TEST(Comparison, CountsNothingBeyondTheBytesThatItIsTold)
{
    const MeasuredCurves measured = staircase(); // 64 bytes apart: 8 to 8192 elements, 512 bytes to 512 KiB
    const auto twice = [next = std::size_t{0}, &measured](const Pattern&) mutable {
        return 2 * measured.points[next++].cycles;
    };
    const Comparison comparison = compare(measured, twice, {}, 64 * 1024);
    EXPECT_EQ(comparison.series[0].points.size(), 11U) << "all are shown";
    EXPECT_EQ(mean_error(comparison.series[0].points).points, 8U);
    EXPECT_EQ(worst_points(comparison, 20).size(), 8U);
}

/// Points that every profile has right flatter the mean; one whose measured load is slower is no such point.
TEST(Comparison, HasAMeanWithoutTheL1dPlateau)
{
    Served in_l1d;
    in_l1d.l1_tlb_hits = 1;
    in_l1d.data = {1, 0, 0, 0};
    Served in_l2 = in_l1d;
    in_l2.data = {0, 1, 0, 0};
    std::vector<ComparedPoint> points(4);
    points[0] = {.pattern = {}, .measured = 4, .simulated = 4, .served = in_l1d};
    points[1] = {.pattern = {}, .measured = 4.5, .simulated = 4, .served = in_l1d};
    points[2] = {.pattern = {}, .measured = 8, .simulated = 4, .served = in_l1d};
    points[3] = {.pattern = {}, .measured = 10, .simulated = 11, .served = in_l2};
    EXPECT_EQ(mean_error(points).points, 4U);
    const MeanError beyond = mean_error_beyond_l1d(points);
    EXPECT_EQ(beyond.points, 2U);
    EXPECT_NEAR(beyond.absolute, (0.5 + 0.1) / 2, 1e-12);
}

} // namespace
} // namespace drywalk::calibrate
