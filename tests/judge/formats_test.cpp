// SPDX-License-Identifier: MIT
// Every format tells the same groups and counts, and is what its readers demand, hostile texts included.
#include "sim/judge/report.hpp"

#include "sim/judge/rules.hpp"
#include "sim/judge/trace_judge.hpp"
#include "tests/judge/verdicts.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <set>
#include <tuple>

namespace drywalk::judge::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path sources{DRYWALK_SOURCE_DIR};

/// What a format says about one group: level, kind, place, findings.
using Told = std::tuple<std::string, std::string, std::string, std::uint64_t>;
using All = std::multiset<Told>;

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::uint64_t count_in(const std::string& message)
{
    static const std::regex count{R"(.*\((\d+) findings.*\))"};
    std::smatch match;
    return std::regex_match(message, match, count) ? std::stoull(match[1]) : 1;
}

All told_by_json(const Report& report)
{
    const json document = json::parse(json_report(report));
    All all;
    for (const json& group : document.at("groups")) {
        all.insert({group.at("level") == "violation" ? "error" : "warning", group.at("kind"), group.at("place"),
                    group.at("findings")});
    }
    return all;
}

All told_by_sarif(const Report& report)
{
    const json document = json::parse(sarif_report(report, "1"));
    All all;
    for (const json& result : document.at("runs").at(0).at("results")) {
        if (result.at("level") == "note") continue;
        const json& physical = result.at("locations").at(0).at("physicalLocation");
        all.insert({result.at("level"), result.at("ruleId"),
                    physical.at("artifactLocation").at("uri").get<std::string>() + ":" +
                        std::to_string(physical.at("region").at("startLine").get<int>()),
                    result.at("occurrenceCount")});
    }
    return all;
}

All told_by_gcc(const Report& report)
{
    // The pattern of Visual Studio Code's $gcc.
    static const std::regex line{R"(^(.*):(\d+):(\d+):\s+(warning|error|note):\s+([a-z-]+): (.*)$)"};
    All all;
    for (const std::string& text : lines_of(gcc_report(report))) {
        std::smatch match;
        EXPECT_TRUE(std::regex_match(text, match, line)) << text;
        if (match[4] != "note") {
            all.insert({match[4], match[5], match[1].str() + ":" + match[2].str(), count_in(match[6])});
        }
    }
    return all;
}

All told_by_github(const Report& report)
{
    static const std::regex line{R"(^::(error|warning|notice) file=([^,:]*),line=(\d+),title=drywalk ([^,:]*)::(.+)$)"};
    All all;
    for (const std::string& text : lines_of(github_report(report))) {
        std::smatch match;
        EXPECT_TRUE(std::regex_match(text, match, line)) << text;
        if (match[1] != "notice") {
            all.insert({match[1], match[4], match[2].str() + ":" + match[3].str(), count_in(match[5])});
        }
    }
    return all;
}

All told_by_junit(const Report& report)
{
    static const std::regex test{R"re(\s*<testcase classname="([^"]*)" name="([^"]*) \[[^"]*\]" file=.*>)re"};
    static const std::regex findings{R"re(\s*<property name="findings" value="(\d+)"/>)re"};
    All all;
    std::string kind;
    std::string place;
    std::uint64_t count = 0;
    for (const std::string& text : lines_of(junit_report(report))) {
        std::smatch match;
        if (std::regex_match(text, match, test)) {
            kind = match[1];
            place = match[2];
        } else if (std::regex_match(text, match, findings)) {
            count = std::stoull(match[1]);
        } else if (says(text, "<failure ")) {
            all.insert({"error", kind, place, count});
        } else if (says(text, "<system-out>")) {
            all.insert({"warning", kind, place, count});
        }
    }
    return all;
}

All told_by_text(const Report& report)
{
    // The line to fix is that of "fix:", unless the trace names no source: then it is told as "line N".
    static const std::regex fix{R"(fix: (?:(\S+:\d+) \(event \d+, .*|event \d+ \(line (\d+), .*))"};
    static const std::regex kind{R"((violation|warning): ([a-z-]+) at event .*)"};
    static const std::regex more{R"(  and (\d+) more like it.*)"};
    All all;
    std::string place;
    Told told;
    bool open = false;
    for (const std::string& text : lines_of(text_report(report))) {
        std::smatch match;
        if (std::regex_match(text, match, fix)) {
            place = match[1].matched ? match[1].str() : report.runs.front().verdict.file + ":" + match[2].str();
        } else if (std::regex_match(text, match, kind)) {
            told = {match[1] == "violation" ? "error" : "warning", match[2], place, 1};
            open = true;
        } else if (std::regex_match(text, match, more)) {
            std::get<3>(told) += std::stoull(match[1]);
        } else if (text.empty() && open) {
            all.insert(told);
            open = false;
        }
    }
    return all;
}

std::vector<fs::path> traces()
{
    std::vector<fs::path> files{sources / "tests/judge/golden/processors.jsonl"};
    for (const fs::directory_entry& entry : fs::directory_iterator{sources / "scenarios/litmus"}) {
        if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

TEST(Formats, TellTheSameGroupsAndCounts)
{
    std::size_t groups = 0;
    for (const fs::path& file : traces()) {
        TraceVerdict verdict = judge_file(file.string());
        verdict.file = file.filename().string();
        const Report report{std::move(verdict)};
        const All expected = told_by_json(report);
        groups += expected.size();
        EXPECT_EQ(told_by_text(report), expected) << file;
        EXPECT_EQ(told_by_sarif(report), expected) << file;
        EXPECT_EQ(told_by_gcc(report), expected) << file;
        EXPECT_EQ(told_by_github(report), expected) << file;
        EXPECT_EQ(told_by_junit(report), expected) << file;
    }
    EXPECT_GT(groups, 80U);
}

TEST(Formats, GiveEveryFindingItsGroup)
{
    for (const fs::path& file : traces()) {
        const Report report{judge_file(file.string())};
        const json document = json::parse(json_report(report));
        std::vector<std::uint64_t> counts(document.at("groups").size());
        for (const char* const list : {"violations", "warnings"}) {
            for (const json& finding : document.at(list)) {
                const auto number = finding.at("group").get<std::size_t>();
                ASSERT_LT(number, counts.size());
                ++counts[number];
                EXPECT_EQ(document.at("groups").at(number).at("kind"), finding.at("kind"));
            }
        }
        for (std::size_t number = 0; number < counts.size(); ++number)
            EXPECT_EQ(document.at("groups").at(number).at("findings"), counts[number]) << file;
    }
}

// Texts that try to break out
// ------------------------------------------------------------------------------------------------

/// A verdict all of whose texts are `text`.
TraceVerdict hostile(const std::string& text)
{
    Finding finding = curable(5, 3, 0x1000);
    finding.event.src = text + ":7";
    finding.event.note = text;
    finding.mark = text;
    TraceVerdict verdict = with({finding});
    cite(verdict, 3, text + ":3");
    verdict.warnings.kept.push_back(finding);
    verdict.warnings.kept.back().verdict = oracle::Verdict::lost_accessed;
    verdict.warnings.total = 1;
    verdict.redundant_invalidations.kept.push_back({{4, EventKind::invlpg, 0, "invlpg", text + ":4", text}, {}});
    verdict.redundant_invalidations.total = 1;
    return verdict;
}

const std::vector<std::string> hostile_texts{
    "\"><&'/>]]><!--",
    "a\nb\r\nc",
    "::error::x,y:z%0A",
    std::string("\x01\x1b[31m\x7f\0z", 9),
    "\xff\xfe bad \xc3(",
    "\xef\xbf\xbf\xef\xbf\xbe",
    "\xe2\x80\xa8",
    "<?xml?>&#0;&#x1;",
    "]]>",
    std::string(2000, '&'),
};

TEST(JunitReport, IsWellFormedWhateverTheTraceSays)
{
    if (std::system("command -v xmllint >/dev/null") != 0) GTEST_SKIP() << "no xmllint";
    const trace::test::TemporaryDirectory directory;
    for (const std::string& text : hostile_texts) {
        TraceVerdict verdict = hostile(text);
        verdict.file = text;
        Report report{std::move(verdict)};
        report.runs.front().groups.back().disposition = Disposition::accepted;
        report.runs.front().groups.back().reason = text;
        const std::string file = directory.write("junit.xml", junit_report(report));
        EXPECT_EQ(std::system(("xmllint --noout --nonet " + file).c_str()), 0) << junit_report(report);
    }
}

TEST(JunitReport, HoldsOnlyCharactersOfXmlAndNoOpenMarkup)
{
    for (const std::string& text : hostile_texts) {
        const std::string report = junit_report(hostile(text));
        for (const char character : report)
            EXPECT_TRUE(static_cast<unsigned char>(character) >= 0x20 || character == '\n');
        EXPECT_FALSE(says(report, "<!--"));
        EXPECT_FALSE(says(report, "\xff"));
        EXPECT_EQ(std::ranges::count(report, '<'), std::ranges::count(report, '>'));
    }
}

TEST(JunitReport, CountsWhatFails)
{
    Report report{hostile("a.c")};
    const auto begins = [&] { return lines_of(junit_report(report)).at(1); };
    EXPECT_EQ(begins(), R"(<testsuites name="drywalk check" tests="3" failures="1" errors="0" skipped="0">)");
    report.strict = true;
    EXPECT_EQ(begins(), R"(<testsuites name="drywalk check" tests="3" failures="2" errors="0" skipped="0">)");
    report.runs.front().groups.front().disposition = Disposition::known;
    EXPECT_EQ(begins(), R"(<testsuites name="drywalk check" tests="3" failures="1" errors="0" skipped="1">)");
    EXPECT_TRUE(says(junit_report(report), "<skipped message=\"known: "));
    TraceVerdict many = with({});
    many.violations.total = 1;
    EXPECT_TRUE(says(junit_report(many), "<failure type=\"too-many-findings\" "));
}

TEST(LineReports, StayOneLineForEachGroup)
{
    for (const std::string& text : hostile_texts) {
        EXPECT_EQ(lines_of(gcc_report(hostile(text))).size(), 3U) << text;
        const std::vector<std::string> commands = lines_of(github_report(hostile(text)));
        EXPECT_EQ(commands.size(), 3U) << text;
        for (const std::string& command : commands) {
            EXPECT_TRUE(std::regex_match(
                command, std::regex{R"(::(error|warning|notice) file=[^,:]*,line=\d+,title=[^,:]*::[^\r\n]*)"}))
                << command;
        }
    }
}

TEST(LineReports, EscapeAsGithubDemands)
{
    EXPECT_TRUE(github_report(hostile("a,b:c%d\n.c"))
                    .starts_with("::error file=a%2Cb%3Ac%25d%0A.c,line=3,title=drywalk stale-translation::"));
    EXPECT_TRUE(says(github_report(hostile("100%.c")), "::stale-translation: 100%25.c:3 (event 3"));
}

TEST(LineReports, SayWhichGroupsWereDecidedBefore)
{
    Report report{hostile("a.c")};
    report.runs.front().groups.front().disposition = Disposition::known;
    EXPECT_TRUE(gcc_report(report).starts_with("a.c:3:1: note: known: stale-translation: ")) << gcc_report(report);
    EXPECT_TRUE(github_report(report).starts_with("::notice file=a.c,line=3,"));
    report.baseline_file = "old.json";
    report.stale.push_back({"0123", "lost-dirty", "b.c:9", "", ""});
    EXPECT_TRUE(says(gcc_report(report), "\nold.json:1:1: note: no longer found: lost-dirty at b.c:9 [0123]\n"));
}

TEST(LineReports, SayHowManyFindingsWereLeftOut)
{
    TraceVerdict verdict = hostile("a.c");
    verdict.violations.total = 20'000;
    EXPECT_TRUE(says(gcc_report(verdict),
                     "t.jsonl:1:1: note: of 20000 violations only the first 1 were looked at for causes\n"));
}

// SARIF
// ------------------------------------------------------------------------------------------------

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

// Size
// ------------------------------------------------------------------------------------------------

TEST(JsonReport, StaysSmallHoweverLongTheTextsOfATraceAre)
{
    const std::string longest(65'000, 'n');
    std::string events = "{\"drywalk_trace\":1}\n"
                         "{\"op\":\"store\",\"pa\":\"0x1000\",\"value\":\"0x2027\"}\n"
                         "{\"op\":\"store\",\"pa\":\"0x2000\",\"value\":\"0x3027\"}\n"
                         "{\"op\":\"store\",\"pa\":\"0x3000\",\"value\":\"0x4027\"}\n"
                         "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x5067\"}\n"
                         "{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n"
                         "{\"op\":\"mark\",\"name\":\"" +
                         longest +
                         "\"}\n"
                         "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x6067\",\"note\":\"" +
                         longest + "\"}\n";
    for (int count = 0; count < 10'000; ++count)
        events += "{\"op\":\"read\",\"va\":8}\n";
    trace::TraceReader reader = trace::test::reader_of(events);
    const std::string report = json_report(judge_trace(reader));
    EXPECT_LT(report.size(), std::size_t{40} * 1024 * 1024);
    EXPECT_EQ(json::parse(report).at("violations").at(0).at("mark"), std::string(253, 'n') + "...");
}

TEST(JsonReport, IsBoundedEvenIfEveryFindingIsAsLongAsCanBe)
{
    std::vector<Finding> findings;
    for (std::uint64_t number = 0; number < 10'000; ++number) {
        Finding finding = curable(20'000 + number, number, 0);
        finding.event.src = std::string(longest_source, '\x01');
        finding.event.note = finding.mark = std::string(longest_text, '\x01');
        findings.push_back(std::move(finding));
    }
    const std::string report = json_report(with(std::move(findings)));
    EXPECT_LT(report.size(), std::size_t{130} * 1024 * 1024);
    const json document = json::parse(report);
    EXPECT_LT(document.at("violations").size(), 10'000U);
    EXPECT_EQ(document.at("violations_total"), 10'000);
    EXPECT_EQ(document.at("groups_total"), 10'000);
}

} // namespace
} // namespace drywalk::judge::test
