// SPDX-License-Identifier: MIT
// Expectations: both ends of a range hold, one beyond does not, and each count is compared with its own.
#include "sim/study/study.hpp"

#include "tests/study/rows.hpp"

#include <gtest/gtest.h>

namespace drywalk::study {
namespace {

using kernel::Discipline;
using scenario::Expectation;
using scenario::Range;
using test::row;

/// Every count is different.
Row counted()
{
    Row result = row(Discipline::global_no_flush, 50);
    platform::Counts& counts = result.result.counts;
    counts.stale = {1, 2, 3};
    counts.page_faults = 4;
    counts.invlpgs = 5;
    counts.cr3_writes = 6;
    return result; // 500 cycles
}

std::vector<std::string> failures(const Expectation& expected) { return failed_expectations({expected}, {counted()}); }

Expectation exactly(std::uint64_t loads, std::uint64_t stores, std::uint64_t calls, std::uint64_t faults,
                    std::uint64_t cycles, std::uint64_t invlpgs, std::uint64_t cr3_writes)
{
    Expectation expected;
    expected.discipline = Discipline::global_no_flush;
    expected.stale_loads = Range{loads, loads};
    expected.stale_stores = Range{stores, stores};
    expected.stale_calls = Range{calls, calls};
    expected.page_faults = Range{faults, faults};
    expected.cycles = Range{cycles, cycles};
    expected.invlpgs = Range{invlpgs, invlpgs};
    expected.cr3_writes = Range{cr3_writes, cr3_writes};
    return expected;
}

TEST(Expectations, HoldIfEveryCountIsTheExpectedOne) { EXPECT_TRUE(failures(exactly(1, 2, 3, 4, 500, 5, 6)).empty()); }

TEST(Expectations, EachCountIsComparedWithItsOwnValueAndNamed)
{
    const std::vector<std::string> failed = failures(exactly(91, 92, 93, 94, 95, 96, 97));
    const std::vector<std::string> expected{"global_no_flush: stale_loads is 1, expected exactly 91",
                                            "global_no_flush: stale_stores is 2, expected exactly 92",
                                            "global_no_flush: stale_calls is 3, expected exactly 93",
                                            "global_no_flush: page_faults is 4, expected exactly 94",
                                            "global_no_flush: cycles is 500, expected exactly 95",
                                            "global_no_flush: invlpgs is 5, expected exactly 96",
                                            "global_no_flush: cr3_writes is 6, expected exactly 97"};
    EXPECT_EQ(failed, expected);
}

TEST(Expectations, BothEndsOfARangeBelongToIt)
{
    for (const auto& [range, holds] : {std::pair{Range{4, 8}, true},
                                       {Range{0, 4}, true},
                                       {Range{5, 8}, false},
                                       {Range{0, 3}, false},
                                       {Range{4, ~std::uint64_t{0}}, true}}) {
        Expectation expected;
        expected.discipline = Discipline::global_no_flush;
        expected.page_faults = range;
        EXPECT_EQ(failures(expected).empty(), holds) << range.minimum << " to " << range.maximum;
    }
}

TEST(Expectations, DescribeTheRangeInWords)
{
    Expectation expected;
    expected.discipline = Discipline::global_no_flush;
    expected.page_faults = Range{5, 8};
    EXPECT_EQ(failures(expected).at(0), "global_no_flush: page_faults is 4, expected 5 to 8");
    expected.page_faults = Range{5, ~std::uint64_t{0}};
    EXPECT_EQ(failures(expected).at(0), "global_no_flush: page_faults is 4, expected at least 5");
}

TEST(Expectations, OfOneDisciplineSayNothingAboutAnother)
{
    Expectation expected = exactly(0, 0, 0, 0, 0, 0, 0);
    expected.discipline = Discipline::not_global;
    EXPECT_TRUE(failures(expected).empty());
    EXPECT_TRUE(failed_expectations({}, {counted()}).empty());
}

TEST(Expectations, CountersVerdictsAndLossesHaveRangesToo)
{
    Row counted_row = counted();
    platform::RunResult& result = counted_row.result;
    result.counts.calls_refused = 7;
    result.counts.frames_discarded = 8;
    result.counts.kernel_counters[static_cast<std::size_t>(kernel::Counter::pages_copied)] = 9;
    result.judge = platform::JudgeSummary{};
    result.judge->verdicts[static_cast<std::size_t>(oracle::Verdict::released_while_reachable)] = 10;
    const auto failed = [&](std::uint64_t off) {
        Expectation expected;
        expected.discipline = Discipline::global_no_flush;
        const auto exactly = [off](std::uint64_t count) { return Range{count + off, count + off}; };
        expected.calls_refused = exactly(7);
        expected.frames_discarded = exactly(8);
        expected.counters[static_cast<std::size_t>(kernel::Counter::pages_copied)] = exactly(9);
        expected.verdicts[static_cast<std::size_t>(oracle::Verdict::released_while_reachable)] = exactly(10);
        return failed_expectations({expected}, {counted_row});
    };
    EXPECT_TRUE(failed(0).empty());
    ASSERT_EQ(failed(1).size(), 4U);
    EXPECT_EQ(failed(1)[2], "global_no_flush: pages_copied is 9, expected exactly 10");
    EXPECT_EQ(failed(1)[3], "global_no_flush: released_while_reachable is 10, expected exactly 11");
}

} // namespace
} // namespace drywalk::study
