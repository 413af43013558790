// SPDX-License-Identifier: MIT
// Knees and plateaus told from curves that are made up, met and missed.
#include "sim/calibrate/goals.hpp"

#include "sim/calibrate/goals_report.hpp"
#include "tests/calibrate/curves.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate::test {
namespace {

/// One load a page: 4 cycles for the data, 7 more from `knee` pages on; `measured` is the same machine with another
/// knee.
Comparison pages(std::uint64_t knee, std::uint64_t measured_knee, double measured_hit = 7)
{
    MeasuredCurves curves{"elements", {}};
    for (std::uint64_t size = 8; size <= 1024; size *= 2) {
        Pattern pattern;
        pattern.series = "one_line_per_4k_page";
        pattern.size = pattern.elements = size;
        pattern.spacing = x86::small_page_bytes;
        pattern.lines = Lines::varied;
        curves.points.push_back({pattern, size < measured_knee ? 4.0 : 4.0 + measured_hit});
    }
    return compare(curves, [&](const Pattern& pattern) {
        Served served;
        served.data = {1, 0, 0, 0};
        served.data_cycles = 4;
        const bool hits_first = pattern.size < knee;
        (hits_first ? served.l1_tlb_hits : served.l2_tlb_hits) = 1;
        served.translation_cycles = hits_first ? 0 : 7;
        return Simulated{served.data_cycles + served.translation_cycles, served};
    });
}

TEST(Goals, AreMetByAMachineThatIsLikeItsProfile)
{
    const Goals goals = goals_of(pages(128, 128), machine("zen4").profile);
    ASSERT_EQ(goals.knees.size(), 2U);
    ASSERT_EQ(goals.knees[0].knees.size(), 1U);
    EXPECT_EQ(goals.knees[0].knees[0].shift(), 0);
    EXPECT_TRUE(goals.knees[0].met());
    EXPECT_TRUE(goals.knees[1].knees.empty()) << "the curve ends before";
    EXPECT_EQ(goals.knees[1].hidden, 1U);
    ASSERT_EQ(goals.plateaus.size(), 2U);
    EXPECT_EQ(goals.plateaus[0].way, "L1 TLB hit, data in L1D");
    EXPECT_EQ(goals.plateaus[1].way, "L2 TLB hit, data in L1D");
    EXPECT_EQ(goals.plateaus[1].measured, 11.0);
    EXPECT_TRUE(goals.plateaus[0].met() && goals.plateaus[1].met() && goals.mean_met());
}

TEST(Goals, AllowAKneeToBeOnePointOff)
{
    EXPECT_TRUE(goals_of(pages(64, 128), machine("zen4").profile).knees[0].met());
    const KneeGoal early = goals_of(pages(32, 128), machine("zen4").profile).knees[0];
    EXPECT_EQ(early.knees[0].shift(), -2);
    EXPECT_FALSE(early.met());
}

TEST(Goals, AllowAPlateauToBeATenthOff)
{
    EXPECT_TRUE(goals_of(pages(128, 128, 8), machine("zen4").profile).plateaus[1].met());
    const Goals goals = goals_of(pages(128, 128, 9), machine("zen4").profile);
    EXPECT_NEAR(goals.plateaus[1].error(), 11.0 / 13 - 1, 1e-12);
    EXPECT_FALSE(goals.plateaus[1].met());
}

/// The data leaves its cache where the TLB becomes too small: nobody can tell the one from the other.
TEST(Goals, LeaveOutAKneeThatTheDataHides)
{
    Comparison comparison = pages(128, 128);
    for (ComparedPoint& point : comparison.series[0].points) {
        if (point.pattern.size >= 128) point.served.data_cycles = 46;
        point.measured = point.served.data_cycles + (point.pattern.size >= 128 ? 7 : 0);
    }
    const KneeGoal goal = goals_of(comparison, machine("zen4").profile).knees[0];
    EXPECT_TRUE(goal.knees.empty());
    EXPECT_EQ(goal.hidden, 1U);
}

/// The profile's data cache is wrong: the measured load is faster than the simulated data alone.
TEST(Goals, SayThatAKneeRestsOnAWrongDataCache)
{
    Comparison comparison = pages(32, 256);
    for (ComparedPoint& point : comparison.series[0].points)
        point.served.data_cycles = point.pattern.size < 256 ? 8 : 4;
    const Goals goals = goals_of(comparison, machine("zen4").profile);
    ASSERT_EQ(goals.knees[0].knees.size(), 1U);
    EXPECT_FALSE(goals.knees[0].knees[0].data_matches);
    EXPECT_TRUE(goals.knees[0].rests_on_mismatched_data());
    const std::string text = goals_text(goals, comparison);
    EXPECT_NE(text.find("missed, on mismatched data"), std::string::npos) << text;
    EXPECT_NE(text.find("looks like a wrong TLB"), std::string::npos);
    const nlohmann::ordered_json json = goals_json(goals, comparison);
    EXPECT_EQ(json.at("knees")[0].at("rests_on_mismatched_data"), true);
    EXPECT_EQ(json.at("knees")[0].at("curves")[0].at("data_matches"), false);
}

/// Another curve whose loads hit the TLB is as far off at the same sizes: it is the data that differs.
TEST(Goals, LookAtOtherCurvesOfTheSameSizes)
{
    Comparison comparison = pages(128, 32);
    EXPECT_TRUE(goals_of(comparison, machine("zen4").profile).knees[0].knees[0].data_matches);
    ComparedSeries dense = comparison.series[0];
    dense.name = "packed_lines";
    for (ComparedPoint& point : dense.points) {
        point.pattern.spacing = 64;
        point.served.translation_cycles = 0;
        point.measured = point.pattern.size < 32 ? 4 : 11;
        point.simulated = 4;
    }
    comparison.series.push_back(dense);
    const KneeGoal goal = goals_of(comparison, machine("zen4").profile).knees[0];
    ASSERT_EQ(goal.knees.size(), 1U);
    EXPECT_FALSE(goal.knees[0].data_matches);
}

TEST(Goals, RestOnMatchingKneesWhereThereAreSome)
{
    const auto knee = [](std::size_t measured, std::size_t simulated, bool matches) {
        return Knee{.series = "s", .measured = measured, .simulated = simulated, .data_matches = matches};
    };
    KneeGoal goal{"L2 data TLB", {knee(5, 5, true), knee(5, 11, false)}, 0};
    EXPECT_TRUE(goal.met());
    EXPECT_FALSE(goal.rests_on_mismatched_data());
    EXPECT_EQ(goal.decisive().size(), 1U);
    goal.knees.erase(goal.knees.begin());
    EXPECT_FALSE(goal.met());
    EXPECT_TRUE(goal.rests_on_mismatched_data());
}

TEST(Goals, ComeAsTextAndAsJson)
{
    const Comparison comparison = pages(32, 128);
    const Goals goals = goals_of(comparison, machine("zen4").profile);
    const std::string text = goals_text(goals, comparison);
    for (const char* part : {"L1 data TLB", "missed", "cannot be told", "-2", "L2 TLB hit, data in L1D", "mean error",
                             "without the L1D plateau"})
        EXPECT_NE(text.find(part), std::string::npos) << part;
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 20);
    const nlohmann::ordered_json json = goals_json(goals, comparison);
    EXPECT_EQ(json.at("knees")[0].at("met"), false);
    EXPECT_EQ(json.at("knees")[0].at("curves")[0].at("measured"), 128);
    EXPECT_EQ(json.at("knees")[0].at("curves")[0].at("simulated"), 32);
    EXPECT_TRUE(json.at("knees")[1].at("met").is_null());
    EXPECT_EQ(json.at("plateaus").size(), 1U) << "two points of the other are none";
}

} // namespace
} // namespace drywalk::calibrate::test
