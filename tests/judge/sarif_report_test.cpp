// SPDX-License-Identifier: MIT
// SARIF: what the standard requires, and what those who read it take.
#include "sim/judge/report.hpp"

#include "sim/judge/rules.hpp"
#include "sim/judge/trace_judge.hpp"
#include "tests/judge/report_inputs.hpp"
#include "tests/judge/verdicts.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>

namespace drywalk::judge::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

void expect_text(const json& message) { EXPECT_FALSE(message.at("text").get<std::string>().empty()); }

/// SARIF 2.1.0, 3.28 to 3.30
void expect_location(const json& location)
{
    const json& physical = location.at("physicalLocation");
    const auto uri = physical.at("artifactLocation").at("uri").get<std::string>();
    EXPECT_TRUE(std::regex_match(uri, std::regex{"(file://)?[A-Za-z0-9._~/%-]+"})) << uri;
    const json region = physical.value("region", json{{"startLine", 1}});
    EXPECT_GE(region.at("startLine").get<std::uint64_t>(), 1U);
    if (location.contains("message")) expect_text(location.at("message"));
}

void expect_rule(const json& rule)
{
    EXPECT_TRUE(rule.at("id").is_string());
    for (const char* const key : {"shortDescription", "fullDescription", "help"})
        expect_text(rule.at(key));
    EXPECT_TRUE(std::set<std::string>({"error", "warning", "note"})
                    .contains(rule.at("defaultConfiguration").at("level").get<std::string>()));
    EXPECT_EQ(rule.at("helpUri"), "docs/findings.md#" + rule.at("id").get<std::string>());
}

/// SARIF 2.1.0, 3.27
void expect_result(const json& result, const std::set<std::string>& rules)
{
    EXPECT_TRUE(rules.contains(result.at("ruleId").get<std::string>()));
    EXPECT_TRUE(std::set<std::string>({"error", "warning", "note"}).contains(result.at("level").get<std::string>()));
    expect_text(result.at("message"));
    EXPECT_GE(result.at("occurrenceCount").get<int>(), 1);
    for (const json& location : result.at("locations"))
        expect_location(location);
    for (const json& location : result.value("relatedLocations", json::array()))
        expect_location(location);
    if (result.at("level") == "note") return;
    EXPECT_TRUE(std::regex_match(result.at("partialFingerprints").at("cause/v1").get<std::string>(),
                                 std::regex{"[0-9a-f]{16}(:[0-9]+)?"}));
    ASSERT_EQ(result.at("codeFlows").size(), 1U);
    const json& flows = result.at("codeFlows").at(0).at("threadFlows");
    ASSERT_EQ(flows.size(), 1U);
    EXPECT_FALSE(flows.at(0).at("locations").empty());
    for (const json& step : flows.at(0).at("locations"))
        expect_location(step.at("location"));
}

/// SARIF 2.1.0, 3.13 and 3.14
void expect_sarif(const std::string& text)
{
    const json document = json::parse(text);
    EXPECT_EQ(document.at("version"), "2.1.0");
    EXPECT_TRUE(document.at("$schema").is_string());
    for (const json& run : document.at("runs")) {
        const json& driver = run.at("tool").at("driver");
        EXPECT_EQ(driver.at("name"), "drywalk");
        std::set<std::string> rules;
        for (const json& rule : driver.at("rules")) {
            expect_rule(rule);
            rules.insert(rule.at("id"));
        }
        EXPECT_EQ(rules.size(), kinds().size() + 1);
        for (const json& invocation : run.at("invocations"))
            EXPECT_TRUE(invocation.at("executionSuccessful").is_boolean());
        for (const json& result : run.at("results"))
            expect_result(result, rules);
    }
}

TEST(SarifReport, HasWhatTheStandardRequires)
{
    for (const fs::path& file : traces())
        expect_sarif(sarif_report(judge_file(file.string()), "1.2.3"));
    for (const std::string& text : hostile_texts)
        expect_sarif(sarif_report(hostile(text), "1.2.3"));
}

TEST(SarifReport, TellsTheStoryInTheOrderOfTime)
{
    TraceVerdict verdict = hostile("a.c");
    cite(verdict, 0, "map.c:1");
    const json result = json::parse(sarif_report(verdict, "1")).at("runs").at(0).at("results").at(0);
    std::vector<std::string> steps;
    for (const json& step : result.at("codeFlows").at(0).at("threadFlows").at(0).at("locations"))
        steps.push_back(step.at("location").at("message").at("text"));
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_TRUE(steps[0].starts_with("established by event 0: ")) << steps[0];
    EXPECT_TRUE(steps[1].starts_with("broken by event 3: ")) << steps[1];
    EXPECT_TRUE(steps[2].starts_with("used by event 5: ")) << steps[2];
    EXPECT_EQ(result.at("relatedLocations").size(), 3U);
}

TEST(SarifReport, LeavesFingerprintsToTheUploaderIfAsked)
{
    const std::string report = sarif_report(hostile("a.c"), "1", {.fingerprints = false});
    EXPECT_FALSE(says(report, "partialFingerprints"));
}

TEST(SarifReport, SaysWhatWasDecidedBefore)
{
    Report report{hostile("a.c")};
    report.baseline_file = "b.json";
    report.runs.front().groups[0].disposition = Disposition::known;
    report.runs.front().groups[1].disposition = Disposition::accepted;
    report.runs.front().groups[1].reason = "only at boot";
    const json results = json::parse(sarif_report(report, "1")).at("runs").at(0).at("results");
    EXPECT_EQ(results.at(0).at("baselineState"), "unchanged");
    EXPECT_EQ(results.at(0).at("suppressions").at(0).at("kind"), "external");
    EXPECT_EQ(results.at(1).at("baselineState"), "new");
    EXPECT_EQ(results.at(1).at("suppressions").at(0).at("kind"), "inSource");
    EXPECT_EQ(results.at(1).at("suppressions").at(0).at("justification"), "only at boot");
}

TEST(SarifReport, CapsItsResultsBelowWhatUploadersTakeAndSaysSo)
{
    std::vector<Finding> findings;
    for (std::uint64_t number = 0; number < 10'000; ++number)
        findings.push_back(curable(number + 20'000, number, 0));
    TraceVerdict verdict = with(std::move(findings));
    for (std::uint64_t number = 0; number < 10'000; ++number)
        verdict.redundant_invalidations.kept.push_back({{number, EventKind::invlpg, 0, "invlpg", "", ""}, {}});
    verdict.redundant_invalidations.total = 10'000;
    const json run = json::parse(sarif_report(verdict, "1")).at("runs").at(0);
    EXPECT_EQ(run.at("results").size(), 4'500U);
    const json& told = run.at("invocations").at(0).at("toolExecutionNotifications");
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told.at(0).at("message").at("text"), "6000 more causes are not listed here.");
    EXPECT_EQ(told.at(1).at("message").at("text"), "9500 more lines with redundant invalidations are not listed here.");
}

TEST(SarifReport, NamesTheDisciplineOfARun)
{
    std::vector<CheckedRun> runs;
    runs.emplace_back(hostile("a.c"), "not_global");
    runs.emplace_back(hostile("a.c"), "global_no_flush");
    Report report{std::move(runs)};
    report.scenario = "some: scenario";
    const std::string text = sarif_report(report, "1");
    expect_sarif(text);
    EXPECT_EQ(json::parse(text).at("runs").at(1).at("automationDetails").at("id"), "drywalk/global_no_flush/");
    const json document = json::parse(json_report(report));
    EXPECT_EQ(document.at("violations_total"), 2);
    EXPECT_EQ(document.at("runs").at(0).at("discipline"), "not_global");
    EXPECT_EQ(lines_of(gcc_report(report)).size(), 6U);
    EXPECT_TRUE(says(gcc_report(report), " [global_no_flush]\n"));
}

TEST(SarifReport, TurnsSourcesIntoUris)
{
    const auto place = [](const std::string& src) {
        Finding finding = finding_at(5, 3, 0);
        finding.event.src = src;
        const nlohmann::json document = nlohmann::json::parse(sarif_report(with({finding}), "1"));
        return document.at("runs").at(0).at("results").at(0).at("locations").at(0).at("physicalLocation");
    };
    EXPECT_EQ(place("mm/map.c:12").dump(), R"({"artifactLocation":{"uri":"mm/map.c"},"region":{"startLine":12}})");
    EXPECT_EQ(place("/src/a b%.c:1").dump(),
              R"({"artifactLocation":{"uri":"file:///src/a%20b%25.c"},"region":{"startLine":1}})");
    EXPECT_EQ(place("map.c").dump(), R"({"artifactLocation":{"uri":"map.c"}})");
    EXPECT_EQ(place("map.c:0").dump(), R"({"artifactLocation":{"uri":"map.c%3A0"}})");
    EXPECT_EQ(place("map.c:").dump(), R"({"artifactLocation":{"uri":"map.c%3A"}})");
    EXPECT_EQ(place("").dump(), R"({"artifactLocation":{"uri":"t.jsonl"},"region":{"startLine":5}})");
}

} // namespace
} // namespace drywalk::judge::test
