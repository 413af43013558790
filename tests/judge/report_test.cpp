// SPDX-License-Identifier: MIT
// The reports, byte by byte: golden files beside traces for the whole way, verdicts made by hand for what those leave
// out. DRYWALK_UPDATE_GOLDEN=1 in the environment rewrites the golden files; read the difference before committing it.
#include "sim/judge/report.hpp"

#include "sim/judge/trace_judge.hpp"
#include "sim/judge/wording.hpp"
#include "tests/judge/verdicts.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace drywalk::judge::test {

using namespace trace;
using namespace trace::test;
namespace {

namespace fs = std::filesystem;

const fs::path golden = source_tree() / "tests/judge/golden";

/// The verdict on a golden trace, under a name that is the same on every machine.
TraceVerdict verdict_on(const std::string& name)
{
    TraceVerdict verdict = judge_file((golden / (name + ".jsonl")).string());
    verdict.file = name + ".jsonl";
    return verdict;
}

void expect_golden(const std::string& name, const std::string& report)
{
    if (std::getenv("DRYWALK_UPDATE_GOLDEN") != nullptr) std::ofstream{golden / name, std::ios::binary} << report;
    EXPECT_EQ(report, bytes_of(golden / name)) << name;
}

TEST(Report, TellsTheGoldenTraceInEveryFormat)
{
    const TraceVerdict verdict = verdict_on("processors");
    expect_golden("processors.txt", text_report(verdict));
    expect_golden("processors.json", json_report(verdict));
    expect_golden("processors.sarif", sarif_report(verdict, "1.2.3"));
    expect_golden("processors.xml", junit_report(verdict));
    expect_golden("processors.gcc", gcc_report(verdict));
    expect_golden("processors.github", github_report(verdict));
}

TEST(Report, SaysLittleAboutACleanTrace)
{
    TraceReader reader = reader_of(plain_header + "{\"op\":\"release\",\"pa\":4096,\"bytes\":1}\n");
    EXPECT_EQ(text_report(judge_trace(reader)),
              "clean: t: 0 violations, 0 warnings, 0 redundant invalidations\n"
              "judged 1 event, 0 accesses, 0 architectural faults; vendor portable, every TLB that it permits\n");
}

TEST(Report, JsonHasTheKeysThatTheFormatPromises)
{
    const nlohmann::json document = nlohmann::json::parse(json_report(verdict_on("processors")));
    EXPECT_EQ(document.at("verdict"), "violations");
    EXPECT_EQ(document.at("events"), 29);
    EXPECT_EQ(document.at("accesses").get<int>(), 7);
    ASSERT_FALSE(document.at("violations").empty());
    for (const nlohmann::json& one : document.at("violations")) {
        for (const char* const key :
             {"event", "kind", "va", "cpu", "group", "used", "established_by", "broken_by", "missing", "advice"})
            EXPECT_TRUE(one.contains(key)) << key;
    }
    EXPECT_EQ(document.at("violations").at(0).at("missing").dump(),
              R"({"after":12,"after_src":"mm/move.c:30","before":18,"before_src":"fs/read.c:77","cpu":1,"op":"invlpg",)"
              R"("va":"0x0"})");
    for (const nlohmann::json& group : document.at("groups")) {
        for (const char* const key : {"kind", "place", "findings", "pages", "cpus", "first_event", "last_event",
                                      "missing", "missing_total", "advice", "fingerprint", "status"})
            EXPECT_TRUE(group.contains(key)) << key;
    }
    const nlohmann::json& used = document.at("violations").at(0).at("used");
    for (const char* const key : {"pa", "writable", "user", "executable", "global", "page_size"})
        EXPECT_TRUE(used.contains(key)) << key;
}

TEST(Report, SarifNamesARuleAndAPlaceForEveryResult)
{
    const nlohmann::json document = nlohmann::json::parse(sarif_report(verdict_on("processors"), "1.2.3"));
    EXPECT_EQ(document.at("version"), "2.1.0");
    const nlohmann::json& run = document.at("runs").at(0);
    std::vector<std::string> rules;
    for (const nlohmann::json& rule : run.at("tool").at("driver").at("rules"))
        rules.push_back(rule.at("id"));
    ASSERT_FALSE(run.at("results").empty());
    for (const nlohmann::json& result : run.at("results")) {
        EXPECT_NE(std::ranges::find(rules, result.at("ruleId").get<std::string>()), rules.end());
        EXPECT_TRUE(result.at("level") == "error" || result.at("level") == "warning" || result.at("level") == "note");
        EXPECT_FALSE(result.at("message").at("text").get<std::string>().empty());
        const nlohmann::json& place = result.at("locations").at(0).at("physicalLocation");
        EXPECT_FALSE(place.at("artifactLocation").at("uri").get<std::string>().empty());
        EXPECT_GE(place.at("region").at("startLine").get<int>(), 1);
    }
}

// Verdicts made by hand
// ------------------------------------------------------------------------------------------------

TEST(TextReport, FoldsWhatHasOneCause)
{
    std::vector<Finding> many;
    for (std::uint64_t number = 0; number < 42; ++number)
        many.push_back(finding_at(10 + number, 3, 0x1000 * (number / 2)));
    const std::string report = text_report(with(many));
    EXPECT_TRUE(says(report, "  and 41 more like it, 21 pages in all, the last at event 51 (line 53)\n")) << report;
    EXPECT_TRUE(says(report, "VIOLATIONS: t.jsonl: 42 violations, 0 warnings,")) << report;
}

TEST(TextReport, ShowsFiftyCausesAndSaysHowManyMoreThereAre)
{
    std::vector<Finding> many;
    for (std::uint64_t number = 0; number < 60; ++number)
        many.push_back(finding_at(100 + number, number, 0));
    TraceVerdict verdict = with(many);
    verdict.violations.total = 12'345;
    const std::string report = text_report(verdict);
    EXPECT_TRUE(says(report, "10 more causes of a violation are not shown; --format json lists them.\n")) << report;
    EXPECT_TRUE(says(report, "Of 12345 violations only the first 60 were looked at for causes.\n")) << report;
}

TEST(TextReport, GivesTheNumberOfAnEventThatNobodyKnowsAnyMore)
{
    EXPECT_TRUE(says(text_report(with({finding_at(5, 3, 0)})), "  broken by      event 3\n"));
}

TEST(TextReport, LeavesLinesOutWhereThereIsNoFile)
{
    TraceVerdict verdict = with({finding_at(5, 3, 0)});
    EXPECT_TRUE(says(text_report(verdict), "violation: stale-translation at event 5 (line 7)\n"));
    verdict.lines = false;
    EXPECT_TRUE(says(text_report(verdict), "violation: stale-translation at event 5\n"));
}

TEST(TextReport, KeepsControlCharactersOfTheTraceOffTheTerminal)
{
    Finding finding = finding_at(5, 3, 0);
    finding.event.src = "a.c:1\x1b[31m";
    finding.event.note = "two\nlines";
    finding.mark = "\x1b]0;title\x07";
    const std::string report = text_report(with({finding}));
    EXPECT_FALSE(says(report, "\x1b"));
    EXPECT_TRUE(says(report, "a.c:1\\x1b[31m"));
    EXPECT_TRUE(says(report, "\"two\\x0alines\""));
}

TEST(TextReport, ShowsRedundantInvalidationsByLineWithTheirPrice)
{
    TraceVerdict verdict = with({});
    for (std::uint64_t number = 0; number < 25; ++number) {
        verdict.redundant_invalidations.kept.push_back(
            {{number, EventKind::invlpg, 0, "invlpg va=0x1000", number < 3 ? "mm.c:3" : "", ""},
             number < 2 ? std::optional{120U} : std::nullopt});
    }
    verdict.redundant_invalidations.total = 25;
    const std::string report = text_report(verdict);
    EXPECT_TRUE(says(report, "  event 0: invlpg va=0x1000 (mm.c:3) and 2 more from this line, 240 cycles\n"
                             "  event 3: invlpg va=0x1000\n"))
        << report;
    EXPECT_TRUE(says(report, "  and 3 more; --format json lists them\n"));
    EXPECT_TRUE(says(report, "  240 cycles in all\n"));
    EXPECT_TRUE(says(report, "a redundancy speaks of this run only"));
    EXPECT_EQ(nlohmann::json::parse(json_report(verdict)).at("redundant_invalidations").at(0).at("cycles"), 120);
}

TEST(Wording, ReadsAnErrorCode)
{
    EXPECT_EQ(fault_text({0}), "page fault, error code 0x0 (not present, supervisor read)");
    EXPECT_EQ(fault_text({7}), "page fault, error code 0x7 (forbidden, user write)");
    EXPECT_EQ(fault_text({0x15}), "page fault, error code 0x15 (forbidden, user fetch)");
    EXPECT_EQ(fault_text({9}), "page fault, error code 0x9 (reserved bit, supervisor read)");
}

TEST(Wording, NamesWhatTheVerdictIsAbout)
{
    x86::Translation translation;
    translation.page = x86::PhysicalAddress{0x20'0000};
    translation.size = x86::PageSize::size_2m;
    translation.rights = {false, true, false};
    translation.global = true;
    translation.pat_index = 3;
    EXPECT_EQ(translation_text(translation, 0x1234, oracle::Verdict::stale_translation),
              "pa 0x201234, 2 MiB page, read-only, no-execute, user, global");
    EXPECT_EQ(translation_text(translation, 0x1234, oracle::Verdict::stale_memory_type),
              "pa 0x201234, 2 MiB page, read-only, no-execute, user, global, PAT entry 3");
    EXPECT_EQ(translation_text(translation, 0x1234, oracle::Verdict::lost_dirty),
              "pa 0x201234, 2 MiB page, read-only, no-execute, user, global, D=0");
}

TEST(Wording, NamesTheInvalidationThatIsMissing)
{
    Finding finding = finding_at(9, 7, 0x4000);
    using Instruction = oracle::Remedy::Instruction;
    finding.remedy.instruction = Instruction::invlpg;
    finding.remedy.linear = x86::LinearAddress::truncate(0x4000);
    finding.remedy.after = 7;
    EXPECT_EQ(missing_invalidation(finding, 1), "invlpg 0x4000 after event 7, before event 9");
    finding.remedy.instruction = Instruction::invpcid;
    finding.remedy.pcid = 5;
    EXPECT_EQ(missing_invalidation(finding, 1), "invpcid type 0 pcid 0x5 va 0x4000 after event 7, before event 9");
    finding.remedy.type = x86::InvpcidType::single_context;
    finding.remedy.cpu = 1;
    EXPECT_EQ(missing_invalidation(finding, 2), "invpcid type 1 pcid 0x5 on cpu 1 after event 7, before event 9");
    finding.remedy.instruction = Instruction::none;
    EXPECT_EQ(missing_invalidation(finding, 2), "");
}

TEST(Report, SurvivesAFileNameThatIsNoUtf8)
{
    TraceVerdict verdict = with({finding_at(5, 3, 0)});
    verdict.file = "bad\xff.jsonl";
    EXPECT_TRUE(nlohmann::json::accept(json_report(verdict)));
    EXPECT_TRUE(nlohmann::json::accept(sarif_report(verdict, "1")));
}

} // namespace
} // namespace drywalk::judge::test
