// SPDX-License-Identifier: MIT
// The chase on this machine, whatever it is: it ends in time and its figures are possible.
#include "sim/calibrate/native.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace drywalk::calibrate {
namespace {

TEST(Native, MeasuresWithinItsTimeAndSaysSoIfItWasShort)
{
    NativeOptions options;
    options.seconds = 0.2;
    std::size_t heard = 0;
    options.progress = [&](const std::string&, std::size_t, std::size_t) { ++heard; };
    const auto start = std::chrono::steady_clock::now();
    const NativeCurves native = measure_here(options);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    EXPECT_LT(taken.count(), 20.0);
    EXPECT_FALSE(native.complete);
    EXPECT_GT(heard, 0U);
    ASSERT_FALSE(native.curves.points.empty());
    EXPECT_GT(native.core_ghz, 0.2);
    EXPECT_LT(native.core_ghz, 10.0);
    for (const MeasuredPoint& point : native.curves.points)
        EXPECT_GT(point.cycles, 0.5) << point.pattern.elements;
}

TEST(Native, WarnsOfPointsThatCannotBeTrusted)
{
    NativeCurves native;
    native.curves.points.resize(10);
    native.disturbed = 4;
    EXPECT_EQ(preemption_warning(native), "") << "their undisturbed pieces are enough";
    native.untrustworthy = 1;
    EXPECT_TRUE(preemption_warning(native).starts_with("1 of 10 points were preempted"));
}

TEST(Native, ItsFileCanBeReadBack)
{
    MeasuredCurves curves{"elements", {}};
    curves.points = parse_measured("pattern,elements,stride_pages,cycles\none_line_per_4k_page,8,1,4\n"
                                   "packed_lines,16,0,4.25\none_line_per_2m_page,24,1,5\n",
                                   "m.csv")
                        .points;
    const MeasuredCurves again = parse_measured(csv_of(curves), "again.csv");
    ASSERT_EQ(again.points.size(), 3U);
    for (std::size_t index = 0; index < 3; ++index) {
        EXPECT_EQ(again.points[index].pattern.series, curves.points[index].pattern.series);
        EXPECT_EQ(again.points[index].pattern.spacing, curves.points[index].pattern.spacing);
        EXPECT_EQ(again.points[index].cycles, curves.points[index].cycles);
    }
}

} // namespace
} // namespace drywalk::calibrate
