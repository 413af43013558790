// SPDX-License-Identifier: MIT
// The JSON report: parses, says what the study says, and its categories sum to its cycles.
#include "sim/report/json_report.hpp"

#include "tests/report/study_fixture.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::report {
namespace {

using nlohmann::json;

std::uint64_t sum_of(const json& categories)
{
    std::uint64_t sum = 0;
    for (const auto& [name, line] : categories.items())
        sum += line.at("cycles").get<std::uint64_t>();
    return sum;
}

TEST(JsonReport, CategoriesSumToTheCyclesOfEveryRow)
{
    const json document = json::parse(json_report(test::small_study()));
    std::size_t rows = 0;
    for (const char* key : {"rows", "sweep"}) {
        for (const json& row : document.at(key)) {
            ++rows;
            const json& cycles = row.at("cycles");
            EXPECT_EQ(sum_of(row.at("workload_categories")), cycles.at("workload"));
            EXPECT_EQ(sum_of(row.at("setup_categories")), cycles.at("setup"));
            EXPECT_EQ(cycles.at("setup").get<std::uint64_t>() + cycles.at("workload").get<std::uint64_t>(),
                      cycles.at("total"));
        }
    }
    EXPECT_EQ(rows, 7U + 4 * 7);
}

TEST(JsonReport, SaysWhatTheStudySays)
{
    const study::Study study = test::small_study();
    const json document = json::parse(json_report(study));
    EXPECT_EQ(document.at("drywalk_result"), 1);
    EXPECT_EQ(document.at("scenario"), "cross_image_stale_global");
    EXPECT_EQ(document.at("machine"), "skylake_sp");
    EXPECT_EQ(document.at("seed"), 1);
    EXPECT_EQ(document.at("made_by").at("machine"), "skylake_sp");
    EXPECT_EQ(document.at("made_by").at("guest"), false);
    EXPECT_EQ(document.at("made_by").at("workload"), "20 CALL/HALT pairs, Image switches in 100 % of them");
    EXPECT_TRUE(document.at("failed_expectations").empty());
    for (std::size_t index = 0; index < study.rows.size(); ++index) {
        const json& row = document.at("rows").at(index);
        const platform::Counts& counts = study.rows[index].result.counts;
        EXPECT_EQ(row.at("discipline"), scenario::discipline_name(study.rows[index].discipline));
        EXPECT_EQ(row.at("counts").at("pairs"), 20);
        EXPECT_EQ(row.at("counts").at("stale").at("loads"), counts.stale.loads);
        EXPECT_EQ(row.at("counts").at("stale").at("calls"), counts.stale.calls);
        EXPECT_EQ(row.at("counts").at("invlpgs"), counts.invlpgs);
        EXPECT_EQ(row.at("counts").at("walks"), counts.walks);
        EXPECT_DOUBLE_EQ(row.at("cycles").at("per_pair"), study.rows[index].cycles_per_pair());
        EXPECT_FALSE(row.contains("template_pages"));
    }
    EXPECT_EQ(document.at("sweep").at(0).at("template_pages"), 1);
    EXPECT_EQ(document.at("sweep").at(0).at("switch_percent"), 0);
    EXPECT_EQ(document.at("break_even").size(), study.break_evens.size());
}

TEST(JsonReport, GivesTheSameBytesForTheSameStudy)
{
    EXPECT_EQ(json_report(test::small_study()), json_report(test::small_study()));
}

TEST(JsonReport, NamesEachKindOfBreakEven)
{
    using Kind = study::BreakEven::Kind;
    study::Study study = test::small_study();
    const auto point = [&](Kind kind) {
        study.break_evens = {{kernel::Discipline::global_no_flush, std::nullopt, kind, 12.5}};
        return json::parse(json_report(study)).at("break_even").at(0);
    };
    EXPECT_EQ(point(Kind::always_cheaper).at("cheaper"), "always");
    EXPECT_EQ(point(Kind::never_cheaper).at("cheaper"), "never");
    EXPECT_EQ(point(Kind::mixed).at("cheaper"), "sometimes");
    EXPECT_DOUBLE_EQ(point(Kind::crosses).at("cheaper_below_switch_percent"), 12.5);
    EXPECT_FALSE(point(Kind::crosses).contains("template_pages"));
    EXPECT_EQ(point(Kind::crosses).at("against"), "not_global");
}

TEST(JsonReport, EscapesWhatAScenarioIsCalled)
{
    study::Study study = test::small_study();
    study.scenario.name = "a \"quoted\"\nname";
    EXPECT_EQ(json::parse(json_report(study)).at("scenario"), study.scenario.name);
}

TEST(JsonReport, RowsOfTheCapabilityKernelHaveKnobsUnitsAndCounters)
{
    const study::Study study = test::recursion_study();
    const json document = json::parse(json_report(study));
    EXPECT_DOUBLE_EQ(document.at("core_ghz"), study.machine.core_ghz);
    EXPECT_FALSE(document.at("rows").at(0).contains("knobs"));
    const json& row = document.at("sweep").at(1);
    EXPECT_EQ(row.at("knobs"), json({{"/kernel/rung", "global_templates"}}));
    EXPECT_EQ(row.at("unit").at("name"), "RPC");
    EXPECT_EQ(row.at("unit").at("count"), 4);
    EXPECT_EQ(row.at("unit").at("last"), *study.sweep[1].unit().last);
    EXPECT_EQ(row.at("kernel_counters").at("runtimes_built"), 5) << "3 for the first RPC, 2 for the second's children";
    EXPECT_EQ(row.at("counts").at("ring3_entries"), 4 * 7) << "3 a level and one at the end";
    EXPECT_EQ(row.at("judge").at("violations"), 0);
    EXPECT_EQ(sum_of(row.at("workload_categories")), row.at("cycles").at("workload"));
}

} // namespace
} // namespace drywalk::report
