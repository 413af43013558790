// SPDX-License-Identifier: MIT
// Break-even points on made-up curves.
#include "sim/study/study.hpp"

#include "tests/study/rows.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace drywalk::study {
namespace {

using kernel::Discipline;
using test::row;
using Kind = BreakEven::Kind;
using Curve = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

constexpr Discipline flush = Discipline::global_invlpg_outgoing_under_kernel_cr3;

void add(std::vector<Row>& sweep, Discipline discipline, const Curve& curve,
         std::optional<std::uint32_t> pages = std::nullopt)
{
    for (const auto& [percent, cycles] : curve)
        sweep.push_back(row(discipline, cycles, percent, pages));
}

/// The one break-even point of `curve` against not_global's `reference`.
BreakEven of(const Curve& reference, const Curve& curve)
{
    std::vector<Row> sweep;
    add(sweep, Discipline::not_global, reference);
    add(sweep, flush, curve);
    const std::vector<BreakEven> points = find_break_evens(sweep);
    EXPECT_EQ(points.size(), 1U);
    return points.at(0);
}

TEST(BreakEven, IsInterpolatedBetweenTheTwoPointsWhereTheSignChanges)
{
    // 30 cheaper at 20 %, 10 dearer at 60 %: zero after three quarters of the way, at 50 %.
    const BreakEven point =
        of({{0, 100}, {20, 100}, {60, 100}, {100, 100}}, {{0, 50}, {20, 70}, {60, 110}, {100, 150}});
    EXPECT_EQ(point.kind, Kind::crosses);
    EXPECT_DOUBLE_EQ(point.switch_percent, 50.0);
    EXPECT_EQ(point.discipline, flush);
    EXPECT_FALSE(point.template_pages);
}

TEST(BreakEven, ComparesPointByPointWhereTheReferenceIsNotFlat)
{
    // Differences: -20 at 0 %, +20 at 10 %.
    EXPECT_DOUBLE_EQ(of({{0, 100}, {10, 300}}, {{0, 80}, {10, 320}}).switch_percent, 5.0);
}

TEST(BreakEven, APointThatCostsTheSameIsWhereItIs)
{
    const BreakEven point = of({{0, 100}, {40, 100}, {100, 100}}, {{0, 90}, {40, 100}, {100, 110}});
    EXPECT_EQ(point.kind, Kind::crosses);
    EXPECT_DOUBLE_EQ(point.switch_percent, 40.0);
}

TEST(BreakEven, AlwaysAndNeverNeedAllPoints)
{
    EXPECT_EQ(of({{0, 100}, {100, 100}}, {{0, 99}, {100, 99}}).kind, Kind::always_cheaper);
    EXPECT_EQ(of({{0, 100}, {100, 100}}, {{0, 101}, {100, 101}}).kind, Kind::never_cheaper);
    EXPECT_EQ(of({{0, 100}, {100, 100}}, {{0, 100}, {100, 100}}).kind, Kind::never_cheaper);
}

TEST(BreakEven, CheaperOnlyAboveOrOnlyInBetweenIsNoBreakEven)
{
    EXPECT_EQ(of({{0, 100}, {100, 100}}, {{0, 101}, {100, 99}}).kind, Kind::mixed);
    EXPECT_EQ(of({{0, 100}, {50, 100}, {100, 100}}, {{0, 99}, {50, 101}, {100, 99}}).kind, Kind::mixed);
    EXPECT_EQ(of({{0, 100}, {50, 100}, {100, 100}}, {{0, 100}, {50, 99}, {100, 101}}).kind, Kind::mixed);
}

TEST(BreakEven, OrderOfTheRowsDoesNotMatter)
{
    EXPECT_DOUBLE_EQ(of({{100, 100}, {0, 100}}, {{100, 110}, {0, 90}}).switch_percent, 50.0);
}

TEST(BreakEven, EachDisciplineAndTemplateSizeIsComparedWithItsOwnReference)
{
    std::vector<Row> sweep;
    for (const std::uint32_t pages : {1U, 64U}) {
        add(sweep, Discipline::not_global, {{0, 100 * pages}, {100, 100 * pages}}, pages);
        add(sweep, flush, {{0, 90 * pages}, {100, pages == 1 ? 95 : 8'000}}, pages);
        add(sweep, Discipline::global_no_flush, {{0, 90 * pages}, {100, 90 * pages}}, pages);
    }
    const std::vector<BreakEven> points = find_break_evens(sweep);
    ASSERT_EQ(points.size(), 4U);
    for (const BreakEven& point : points) {
        const bool crosses = point.discipline == flush && point.template_pages == 64U;
        EXPECT_EQ(point.kind, crosses ? Kind::crosses : Kind::always_cheaper);
        if (crosses) {
            EXPECT_DOUBLE_EQ(point.switch_percent, 100.0 * 640 / (640 + 1'600));
        }
        EXPECT_NE(point.discipline, Discipline::not_global);
    }
}

TEST(BreakEven, ThereIsNothingToSayWithoutReferenceOrPercentages)
{
    std::vector<Row> alone;
    add(alone, flush, {{0, 1}, {100, 2}});
    EXPECT_TRUE(find_break_evens(alone).empty());
    EXPECT_TRUE(find_break_evens({row(Discipline::not_global, 5), row(flush, 4)}).empty());
    EXPECT_TRUE(find_break_evens({}).empty());
    std::vector<Row> disjoint;
    add(disjoint, Discipline::not_global, {{0, 1}});
    add(disjoint, flush, {{50, 1}});
    EXPECT_TRUE(find_break_evens(disjoint).empty());
}

TEST(Row, SharesTheWorkloadsCyclesOutAmongThePairs)
{
    EXPECT_DOUBLE_EQ(row(flush, 123).cycles_per_pair(), 123.0);
    Row none = row(flush, 7);
    none.result.counts.calls_and_halts = 0;
    EXPECT_DOUBLE_EQ(none.cycles_per_pair(), 70.0); // no pair was finished: all of it
}

} // namespace
} // namespace drywalk::study
