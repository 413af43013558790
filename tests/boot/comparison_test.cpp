// SPDX-License-Identifier: MIT
// Prediction against machine.

#include "sim/boot/comparison.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace drywalk::boot {
namespace {

using kernel::Observation;
using kernel::ObservationKind;

Observation value(std::uint64_t item, std::uint64_t read) { return {ObservationKind::value, 0, item, read}; }

Prediction fresh(const Observation& observation) { return {observation, false, observation}; }

/// Eight values; item 5 is predicted to be Image 0's instead of Image 1's.
std::vector<Prediction> predictions()
{
    std::vector<Prediction> all;
    for (std::uint64_t item = 0; item < 8; ++item)
        all.push_back(fresh(value(item, 0x200000 + item)));
    all[5] = {value(5, 0x100005), true, value(5, 0x200005)};
    return all;
}

std::vector<Observation> machine_that_sees_stale()
{
    std::vector<Observation> all;
    for (const auto& prediction : predictions())
        all.push_back(prediction.observed);
    return all;
}

TEST(Comparison, CountsWhatTheMachineSawStale)
{
    const auto result = compare(predictions(), machine_that_sees_stale());
    EXPECT_TRUE(result.agrees());
    EXPECT_EQ(result.compared, 8U);
    EXPECT_EQ(result.equal, 7U);
    EXPECT_EQ(result.predicted_stale_seen, 1U);
    EXPECT_EQ(result.predicted_stale_not_seen, 0U);
    EXPECT_EQ(describe(result).find("cannot show"), std::string::npos);
}

TEST(Comparison, AcceptsAMachineThatFollowsTheTablesAndSaysSo)
{
    auto machine = machine_that_sees_stale();
    machine[5] = value(5, 0x200005);
    const auto result = compare(predictions(), machine);
    EXPECT_TRUE(result.agrees());
    EXPECT_EQ(result.equal, 7U);
    EXPECT_EQ(result.predicted_stale_not_seen, 1U);
    EXPECT_NE(describe(result).find("cannot show the hazard"), std::string::npos);
}

TEST(Comparison, ShowsTheFirstDifferenceWithThreeBefore)
{
    auto machine = machine_that_sees_stale();
    machine[4] = {ObservationKind::page_fault, 0x15, 4, 0x8040204000};
    machine[7] = value(7, 0);
    const auto result = compare(predictions(), machine);
    EXPECT_FALSE(result.agrees());
    EXPECT_EQ(result.different, 2U);
    ASSERT_EQ(result.first_difference, 4U);
    const auto text = describe(result);
    EXPECT_NE(text.find("first difference at observation 4"), std::string::npos) << text;
    EXPECT_NE(text.find("simulator: value: item 4 = 0x200004"), std::string::npos) << text;
    EXPECT_NE(text.find("machine:   page fault: item 4 at 0x8040204000, error 0x15"), std::string::npos) << text;
    EXPECT_NE(text.find("item 1 ="), std::string::npos) << text;
    EXPECT_EQ(text.find("item 0 ="), std::string::npos) << text;
}

TEST(Comparison, ThirdValueForAStalePredictionIsADifference)
{
    auto machine = machine_that_sees_stale();
    machine[5] = value(5, 0x300005);
    EXPECT_EQ(compare(predictions(), machine).different, 1U);
}

TEST(Comparison, AShorterSideIsADifference)
{
    auto machine = machine_that_sees_stale();
    machine.pop_back();
    const auto missing = compare(predictions(), machine);
    EXPECT_EQ(missing.first_difference, 7U);
    EXPECT_EQ(missing.different, 0U);
    EXPECT_NE(missing.difference.find("machine:   (nothing more)"), std::string::npos) << missing.difference;

    machine = machine_that_sees_stale();
    machine.push_back(value(8, 1));
    const auto extra = compare(predictions(), machine);
    EXPECT_EQ(extra.first_difference, 8U);
    EXPECT_NE(extra.difference.find("simulator: (nothing more)"), std::string::npos) << extra.difference;
}

/// A value on one side may be a fault on the other, and a machine may have lost some of the entries only.
TEST(Comparison, JudgesEachItemOfPairedRuns)
{
    const Observation fault{ObservationKind::page_fault, 4, 1, 0x8040201008};
    const Observation ran{ObservationKind::ran, 0, 0, 1};
    const std::vector<Observation> stale{value(0, 0x100000), value(1, 0x100001), value(2, 0x100000), ran};
    const std::vector<Observation> by_tables{value(0, 0x200000), fault, value(2, 0x200000), ran};
    const auto predictions = predict(stale, by_tables);

    const auto keeper = compare(predictions, stale);
    EXPECT_EQ(keeper.predicted_stale_seen, 3U);
    EXPECT_EQ(keeper.equal, 1U);
    const auto flusher = compare(predictions, by_tables);
    EXPECT_EQ(flusher.predicted_stale_not_seen, 3U);
    EXPECT_EQ(flusher.equal, 1U);

    // A machine that has lost the entry of item 0 only.
    const std::vector<Observation> between{value(0, 0x200000), value(1, 0x100001), value(2, 0x100000), ran};
    const auto partly = compare(predictions, between);
    EXPECT_TRUE(partly.agrees()) << partly.difference;
    EXPECT_EQ(partly.predicted_stale_seen, 2U);
    EXPECT_EQ(partly.predicted_stale_not_seen, 1U);
}

TEST(Comparison, NothingAgainstNothingAgrees) { EXPECT_TRUE(compare({}, {}).agrees()); }

} // namespace
} // namespace drywalk::boot
