// SPDX-License-Identifier: MIT
// The text report: what it never claims, and that what it shows is in the study.
#include "sim/report/text_report.hpp"

#include "tests/report/study_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace drywalk::report {
namespace {

using study::BreakEven;

std::string lower(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::tolower(letter); });
    return text;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Verdict, CountsStaleUsesOfEveryKind)
{
    platform::Counts counts;
    counts.stale = {1, 20, 300};
    EXPECT_EQ(verdict(counts), "STALE: 321 uses");
    for (const platform::AccessCounts& one : {platform::AccessCounts{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}) {
        counts.stale = one;
        EXPECT_TRUE(contains(verdict(counts), "STALE"));
    }
}

TEST(Verdict, NeverCallsADisciplineSafe) { EXPECT_EQ(verdict({}), "not observed on this TLB"); }

/// The whole report says the word once, in the note that what was not observed is no proof of it.
TEST(TextReport, NeverCallsADisciplineSafe)
{
    std::string text = lower(text_report(test::small_study()));
    const std::string note = "is no proof of safety";
    ASSERT_TRUE(contains(text, note));
    text.erase(text.find(note), note.size());
    for (const char* word : {"safe", "secure", "correct", "sound"})
        EXPECT_FALSE(contains(text, word)) << word;
}

TEST(TextReport, ShowsEveryDisciplineWithItsCounts)
{
    const study::Study study = test::small_study();
    const std::string text = text_report(study);
    for (const study::Row& row : study.rows) {
        EXPECT_TRUE(contains(text, std::string{"  "} + scenario::discipline_name(row.discipline) + " "));
        EXPECT_TRUE(contains(text, on_this_tlb(row.result.counts)));
        EXPECT_TRUE(contains(text, fmt::format("{:.1f}", row.cycles_per_pair())));
    }
    for (const study::Row& row : study.sweep)
        EXPECT_TRUE(contains(text, fmt::format("{:.1f}", row.cycles_per_pair())));
    EXPECT_TRUE(contains(text, "seed 1"));
    EXPECT_TRUE(contains(text, "numbers of skylake_sp are assumed"));
}

TEST(TextReport, SaysThatAHostIsAssumed)
{
    study::Study study = test::small_study();
    EXPECT_FALSE(contains(text_report(study), "and all of its host's"));
    std::erase_if(study.machine.provenance,
                  [](const machine::Provenance& number) { return number.pointer.starts_with("/nested/"); });
    study.scenario.nested_page_size = x86::PageSize::size_4k;
    EXPECT_TRUE(contains(text_report(study), "numbers of skylake_sp are assumed, and all of its host's"));
    study.machine.provenance.push_back({"/nested/tlb_entries", 64, "64", "entries", "measured", {}});
    EXPECT_FALSE(contains(text_report(study), "and all of its host's"));
}

TEST(TextReport, NamesTheProgramTheCommandAndEveryOverride)
{
    study::Study study = test::small_study();
    study.machine.provenance.front().source = "set by the scenario";
    output::MadeBy program;
    program.overrides = {{"/costs/invlpg", "200", "2500", "set by the scenario"}};
    program.version = "1.2.3";
    program.commit = "commit 0123456789";
    program.command = "drywalk run s.json";
    const std::string text = text_report(study, program);
    EXPECT_TRUE(contains(text, "\n  /costs/invlpg = 2500 instead of 200 (set by the scenario)\n"));
    EXPECT_TRUE(contains(text, "\nworkload: 20 CALL/HALT pairs, Image switches in 100 % of them\n"));
    EXPECT_TRUE(contains(text, "\nmade by drywalk 1.2.3 (commit 0123456789):\n  drywalk run s.json\n"));
    EXPECT_TRUE(contains(text, "are assumed, 1 of them overridden here: "));
}

TEST(TextReport, SaysWhatTheMachineIsToTheKernel)
{
    study::Study study = test::small_study();
    EXPECT_TRUE(contains(text_report(study), "\n  on bare metal, seed 1\n"));
    study.scenario.nested_page_size = x86::PageSize::size_4k;
    const std::string guest = text_report(study);
    EXPECT_TRUE(contains(guest, "\n  as a guest whose host maps pages of 4 KiB, seed 1\n"));
    EXPECT_FALSE(contains(guest, "bare metal"));
}

TEST(TextReport, FitsOnAPageOfHundredColumnsAndOfEighty)
{
    for (const study::Study& study : {test::small_study(), test::recursion_study()}) {
        for (const std::size_t width : {std::size_t{100}, std::size_t{80}}) {
            const std::string text = text_report(study, {}, {width});
            for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1)
                EXPECT_LE(text.find('\n', start) - start, width) << text.substr(start, text.find('\n', start) - start);
        }
    }
}

/// Run and check word a finding alike: the same labels, the same texts.
TEST(JudgeText, TellsAFindingAsCheckTellsIt)
{
    platform::JudgedAccess judged;
    judged.event = 7;
    judged.verdict = oracle::Verdict::stale_translation;
    judged.linear = x86::LinearAddress::truncate(0x5000);
    judged.access = {x86::AccessKind::read, true, false};
    judged.tables.translation = x86::Translation{};
    judged.witness.used = x86::Translation{};
    judged.witness.established_by = 2;
    judged.witness.broken_by = 5;
    judged.established_at = {"/somewhere/kernel_model/core/a.cpp", 10};
    judged.broken_at = {"/somewhere/kernel_model/core/b.cpp", 20};
    judged.remedy.instruction = oracle::Remedy::Instruction::invlpg;
    judged.remedy.linear = judged.linear;
    judged.remedy.after = 5;
    platform::JudgeSummary summary;
    summary.judged = {judged};
    summary.verdicts[static_cast<unsigned>(judged.verdict)] = 1;
    study::Row row;
    row.result.judge = summary;
    const std::string text = judge_text(row);
    EXPECT_TRUE(contains(text, "  not_global: VIOLATION: 1 access may go wrong\n"
                               "    fix: kernel_model/core/b.cpp:20 (event 5) must be followed by invlpg 0x5000 before "
                               "event 7\n"
                               "    violation: stale-translation at event 7\n"
                               "      read va=0x5000 user may reach memory that the page tables do not map there\n"
                               "      may use        pa 0x0, 4 KiB page, "))
        << text;
    EXPECT_TRUE(contains(text, "      established by event 2 (kernel_model/core/a.cpp:10)\n"
                               "      broken by      event 5 (kernel_model/core/b.cpp:20)\n"
                               "      used at        event 7: read va=0x5000 user\n"))
        << text;
}

TEST(Judgement, CountsAccessesAndReleasesInOneLine)
{
    platform::RunResult result;
    EXPECT_EQ(judgement(result), "not judged");
    result.judge.emplace();
    EXPECT_EQ(judgement(result), "clean");
    auto& verdicts = result.judge->verdicts;
    verdicts[static_cast<unsigned>(oracle::Verdict::spurious_fault)] = 2;
    EXPECT_EQ(judgement(result), "clean, 2 warnings");
    verdicts[static_cast<unsigned>(oracle::Verdict::stale_permission)] = 1;
    EXPECT_EQ(judgement(result), "VIOLATION: 1 access may go wrong");
    verdicts[static_cast<unsigned>(oracle::Verdict::released_in_use)] = 1;
    verdicts[static_cast<unsigned>(oracle::Verdict::released_while_reachable)] = 2;
    EXPECT_EQ(judgement(result), "VIOLATION: 1 access may go wrong, 3 pages freed too early");
}

TEST(TextReport, SaysInWordsWhereTheBreakEvenLies)
{
    study::Study study = test::small_study();
    const auto said = [&](BreakEven::Kind kind) {
        study.break_evens = {{kernel::Discipline::global_pge_toggle, 8U, kind, 12.34}};
        return text_report(study);
    };
    EXPECT_TRUE(contains(said(BreakEven::Kind::crosses),
                         "global_pge_toggle: cheaper than not_global below 12.3 % Image switches, dearer above"));
    EXPECT_TRUE(contains(said(BreakEven::Kind::always_cheaper),
                         "global_pge_toggle: cheaper than not_global at every switch rate simulated"));
    EXPECT_TRUE(contains(said(BreakEven::Kind::never_cheaper), "global_pge_toggle: never cheaper than not_global"));
    EXPECT_TRUE(contains(said(BreakEven::Kind::mixed), "at some switch rates only"));
}

TEST(TextReport, ListsFailedExpectationsOrSaysThatAllHold)
{
    study::Study study = test::small_study();
    EXPECT_FALSE(contains(text_report(study), "xpectations"));
    study.scenario.expectations.resize(1);
    EXPECT_TRUE(contains(text_report(study), "All expectations of the scenario hold."));
    study.failed_expectations = {"one that failed"};
    EXPECT_TRUE(contains(text_report(study), "Failed expectations\n  one that failed\n"));
    EXPECT_FALSE(contains(text_report(study), "hold."));
}

TEST(TextReport, NoLineEndsInASpace) { EXPECT_FALSE(contains(text_report(test::small_study()), " \n")); }

TEST(RefusalText, HasWordsForEachReason)
{
    for (std::uint8_t value = 0; value <= static_cast<std::uint8_t>(kernel::Refusal::unexpected_exit); ++value)
        EXPECT_STRNE(refusal_text(static_cast<kernel::Refusal>(value)), "");
}

TEST(TextReport, ShowsWhatARpcOfTheCapabilityKernelCosts)
{
    const study::Study study = test::recursion_study();
    const std::string text = text_report(study);
    EXPECT_TRUE(contains(text, "What 4 RPCs cost"));
    EXPECT_TRUE(contains(text, "kernel: storage page_aligned, arena template_directory, mapping lazy"));
    EXPECT_TRUE(contains(text, "Where the cycles of a RPC go"));
    EXPECT_TRUE(contains(text, "/kernel/rung"));
    EXPECT_TRUE(contains(text, "global_templates   global_templates"));
    EXPECT_TRUE(contains(text, "not_global  global_pge_toggle"));
    ASSERT_EQ(study.sweep.size(), 3U) << "one discipline at the first point, two at the second";
    for (const study::Row& row : study.sweep) {
        ASSERT_TRUE(row.unit().last);
        EXPECT_TRUE(contains(text, std::to_string(*row.unit().last)));
        EXPECT_TRUE(contains(text, fmt::format("{:.1f}", row.per_unit(row.result.workload_cycles()))));
    }
}

TEST(TextReport, SaysWhatWasRefused)
{
    study::Study study = test::recursion_study();
    EXPECT_FALSE(contains(text_report(study), "refused"));
    study.sweep.back().result.counts.calls_refused = 3;
    EXPECT_TRUE(contains(text_report(study), "global_pge_toggle, /kernel/rung global_templates: 3 CALLs were refused,"
                                             " 0 frames were discarded"));
}

} // namespace
} // namespace drywalk::report
