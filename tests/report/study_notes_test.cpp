// SPDX-License-Identifier: MIT
// What a report says besides its figures: rates that came out otherwise, Instances that did not run, missing PCIDs.
#include "sim/report/study_notes.hpp"

#include "sim/report/json_report.hpp"
#include "sim/report/text_report.hpp"
#include "tests/report/study_fixture.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::report {
namespace {

/// Two Instances of different working sets; nothing is run.
study::Study two_instances(std::uint32_t pairs, std::uint32_t percent, std::uint32_t pages_of_second)
{
    study::Study study;
    study.scenario.images = {{.name = "A", .code_pages = 1}, {.name = "B", .code_pages = 1}};
    study.scenario.instances = {{.name = "a", .image = 0, .working_set_pages = 4},
                                {.name = "b", .image = 1, .working_set_pages = pages_of_second}};
    study.scenario.workload.pairs = {
        .pairs = pairs,
        .order = {0, 1},
        .switch_percent = percent,
        .touches = {.template_loads = scenario::all_pages, .working_set_loads = scenario::all_pages}};
    return study;
}

using Notes = std::vector<std::string>;

TEST(StudyNotes, ThereAreNoneWhereAllRanAsAskedFor)
{
    EXPECT_EQ(study_notes(two_instances(10, 100, 4)), Notes{});
    EXPECT_EQ(study_notes(two_instances(1000, 10, 9)), Notes{}) << "99 of 999";
    EXPECT_EQ(study_notes(two_instances(10, 0, 4)), Notes{}) << "the second would have done the same";
}

TEST(StudyNotes, ARateThatCameOutAsAnotherIsTold)
{
    EXPECT_EQ(study_notes(two_instances(10, 15, 4)), Notes{"15 % Image switches of 10 pairs are 1: 11.1 %."});
    EXPECT_EQ(study_notes(two_instances(1, 100, 4)), Notes{"100 % Image switches: none happens in a single pair."});
    study::Study swept = two_instances(10, 100, 4);
    swept.scenario.sweep.switch_percents = {50, 100};
    EXPECT_EQ(study_notes(swept), Notes{"50 % Image switches of 10 pairs are 4: 44.4 %."});
}

TEST(StudyNotes, ACleanVerdictWithoutAChangeOfImageSaysSo)
{
    study::Study study = two_instances(10, 100, 4);
    study.scenario.instances[1].image = 0;
    EXPECT_EQ(study_notes(study),
              Notes{"All Instances that are called are of Image A: a switch changes the Instance, and"
                    " no verdict of this run speaks of a change of Image."});
    study.scenario.workload.pairs->order = {0};
    EXPECT_EQ(study_notes(study),
              Notes{"Only Instance a is called: no pair changes the Image, and no verdict of this run"
                    " speaks of a change."});
}

TEST(StudyNotes, AtNoSwitchesOnlyTheFirstOfUnequalInstancesRan)
{
    const Notes expected{
        "0 % Image switches: only Instance a ran, and b touches other pages. What it takes is no point of"
        " the same curve."};
    EXPECT_EQ(study_notes(two_instances(10, 0, 5)), expected);
    study::Study swept = two_instances(1000, 100, 5);
    swept.scenario.sweep.switch_percents = {0, 100};
    EXPECT_EQ(study_notes(swept), expected);
}

TEST(StudyNotes, DisciplinesWithPcidsAreNamedWhereThereAreNone)
{
    study::Study study = two_instances(10, 100, 4);
    study.machine.name = "zen2";
    for (const auto discipline :
         {kernel::Discipline::not_global, kernel::Discipline::pcid_flush, kernel::Discipline::pcid_tracked})
        study.rows.push_back({discipline, {study.scenario, {}, {}, {}}, {}});
    study.machine.profile.features.pcids = true;
    EXPECT_EQ(study_notes(study), Notes{});
    study.machine.profile.features.pcids = false;
    EXPECT_EQ(study_notes(study),
              Notes{"zen2 has no PCIDs: each MOV CR3 under pcid_flush, pcid_tracked removes what is not global."});
}

TEST(StudyNotes, BothReportsHaveThem)
{
    study::Study study = test::small_study();
    EXPECT_FALSE(nlohmann::json::parse(json_report(study)).contains("notes"));
    study.scenario.workload.pairs->pairs = 10;
    study.scenario.workload.pairs->switch_percent = 15;
    const Notes notes = study_notes(study);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(json_report(study)).at("notes"), notes);
    EXPECT_NE(text_report(study).find("  " + notes[0] + "\n"), std::string::npos);
}

} // namespace
} // namespace drywalk::report
