// SPDX-License-Identifier: MIT
// A scenario carried out: which rows there are, in which order, and what follows from them.
#include "sim/scenario/policy_names.hpp"
#include "sim/study/study.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

namespace drywalk::study {
namespace {

using kernel::Discipline;

const scenario::DataDirectory data{source_tree() / "scenarios"};

scenario::Scenario small_sweep()
{
    scenario::Scenario scenario = load_scenario(data.scenarios / "cross_image_stale_global.json", data);
    scenario.workload.pairs->pairs = 20;
    scenario.disciplines = {Discipline::not_global, Discipline::global_no_flush};
    scenario.sweep.template_pages = {1, 4};
    scenario.sweep.switch_percents = {0, 50};
    scenario.expectations.clear();
    return scenario;
}

Study carry_out_small(const StudyOptions& options = {})
{
    return carry_out(small_sweep(), machine::load_machine(data.scenarios / "machines", "skylake_sp"), {}, options);
}

TEST(Study, HasARowADisciplineAndOneForEachPointOfTheSweep)
{
    const Study study = carry_out_small();
    ASSERT_EQ(study.rows.size(), 2U);
    EXPECT_EQ(study.rows[0].discipline, Discipline::not_global);
    EXPECT_EQ(study.rows[1].discipline, Discipline::global_no_flush);
    EXPECT_EQ(study.sweep.size(), 2U * 2 * 2);
    for (std::size_t index = 0; index < study.sweep.size(); ++index) {
        const Row& row = study.sweep[index];
        EXPECT_EQ(row.discipline, study.rows[index % 2].discipline);
        EXPECT_TRUE(row.variant.template_pages && row.variant.switch_percent);
        EXPECT_EQ(row.result.counts.calls_and_halts, 20U);
        EXPECT_EQ(row.result.refusal, kernel::Refusal::none);
    }
    EXPECT_EQ(study.break_evens.size(), 2U); // one for each template size
}

TEST(Study, TakesTheSweepsKnobsToTheRun)
{
    for (const Row& row : carry_out_small().sweep) {
        const std::uint64_t pairs = row.result.counts.calls_and_halts;
        const std::uint64_t data_pages = 4;
        EXPECT_EQ(row.result.counts.accesses.calls, pairs * *row.variant.template_pages);
        EXPECT_EQ(row.result.counts.accesses.loads, pairs * (*row.variant.template_pages + data_pages));
        if (*row.variant.switch_percent == 0) {
            EXPECT_EQ(row.result.counts.stale, platform::AccessCounts{});
        }
    }
}

TEST(Study, TakesOnlyTheDisciplinesAskedForAndNoSweepIfToldSo)
{
    StudyOptions options;
    options.disciplines = {Discipline::global_pge_toggle};
    options.with_sweep = false;
    const Study study = carry_out_small(options);
    ASSERT_EQ(study.rows.size(), 1U);
    EXPECT_EQ(study.rows[0].discipline, Discipline::global_pge_toggle);
    EXPECT_TRUE(study.sweep.empty());
    EXPECT_TRUE(study.break_evens.empty());
}

TEST(Study, ReportsExpectationsThatDoNotHold)
{
    scenario::Scenario scenario = small_sweep();
    scenario::Expectation expected;
    expected.discipline = Discipline::global_no_flush;
    expected.stale_loads = scenario::Range{0, 0};
    scenario.expectations = {expected};
    const Study study = carry_out(scenario, machine::load_machine(data.scenarios / "machines", "skylake_sp"), {}, {});
    ASSERT_EQ(study.failed_expectations.size(), 1U);
    EXPECT_NE(study.failed_expectations[0].find("stale_loads"), std::string::npos);
}

scenario::Scenario calls(std::uint32_t count)
{
    scenario::Scenario scenario = load_scenario(data.scenarios / "pt_cache_call.json", data);
    scenario.workload.calls->calls = count;
    scenario.expectations.clear();
    return scenario;
}

Study carry_out_calls(const scenario::Scenario& scenario, const StudyOptions& options = {})
{
    return carry_out(scenario, machine::load_machine(data.scenarios / "machines", "skylake_sp"), {}, options);
}

TEST(Study, ACallOfTheHostIsTheUnitOfTheCapabilityKernel)
{
    const Study study = carry_out_calls(calls(3));
    const Row& row = study.rows.at(0);
    const Unit unit = row.unit();
    EXPECT_STREQ(unit.name, "call");
    EXPECT_EQ(unit.count, 3U);
    ASSERT_EQ(row.result.host_returns.size(), 3U);
    EXPECT_EQ(*unit.first, row.result.host_returns[0] - row.result.setup_cycles);
    EXPECT_EQ(*unit.last, row.result.host_returns[2] - row.result.host_returns[1]);
    EXPECT_GT(*unit.first, *unit.last) << "the first call builds the runtime";
    EXPECT_DOUBLE_EQ(row.per_unit(30), 10.0);
    const Row alone = carry_out_calls(calls(1)).rows.at(0);
    EXPECT_EQ(alone.unit().first, unit.first);
    EXPECT_EQ(alone.unit().last, unit.first);
}

TEST(Study, ACallThatDidNotReturnLeavesNoFirstAndNoLast)
{
    Row row = carry_out_calls(calls(3)).rows.at(0);
    row.result.host_returns.pop_back();
    EXPECT_FALSE(row.unit().first || row.unit().last);
}

TEST(Study, TheCountersOfTheKernelArriveWithTheResult)
{
    const Row row = carry_out_calls(calls(3)).rows.at(0);
    const auto& counters = row.result.counts.kernel_counters;
    EXPECT_EQ(counters[static_cast<std::size_t>(kernel::Counter::runtimes_built)], 1U);
    EXPECT_EQ(row.result.counts.ring3_entries, 3U);
    EXPECT_EQ(row.result.counts.calls_refused, 0U);
}

TEST(Study, OnlyTheLastRungRunsTheDisciplinesThatAreAskedFor)
{
    scenario::Scenario below = calls(1);
    scenario::Scenario global = below;
    global.rung = scenario::global_rung;
    global.disciplines = {Discipline::not_global, Discipline::global_pge_toggle};
    below.sweep.points = {{{{"/kernel/rung", "global_templates", "\"global_templates\""}}, global}};
    StudyOptions options;
    EXPECT_EQ(carry_out_calls(below, options).rows.size(), 1U);
    EXPECT_EQ(carry_out_calls(below, options).sweep.size(), 2U);
    options.disciplines = {Discipline::global_pge_toggle};
    const Study study = carry_out_calls(below, options);
    EXPECT_EQ(study.rows.at(0).discipline, Discipline::not_global);
    ASSERT_EQ(study.sweep.size(), 1U);
    EXPECT_EQ(study.sweep[0].discipline, Discipline::global_pge_toggle);
}

TEST(Study, ASweepOverKnobsIsJudged)
{
    scenario::Scenario scenario = calls(1);
    scenario.sweep.points = {{{{"/workload/pt_cache_call/calls", "2", "2"}}, calls(2)}};
    StudyOptions options;
    options.judge = platform::JudgeOptions{};
    const Study study = carry_out_calls(scenario, options);
    ASSERT_EQ(study.sweep.size(), 1U);
    ASSERT_TRUE(study.sweep[0].result.judge);
    EXPECT_EQ(study.sweep[0].result.judge->violations(), 0U);
}

} // namespace
} // namespace drywalk::study
