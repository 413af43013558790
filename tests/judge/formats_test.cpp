// SPDX-License-Identifier: MIT
// Every format tells the same groups and counts, and is what its readers demand, hostile texts included.
#include "sim/judge/report.hpp"

#include "sim/judge/trace_judge.hpp"
#include "tests/judge/report_inputs.hpp"
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

/// What a format says about one group: level, kind, place, findings.
using Told = std::tuple<std::string, std::string, std::string, std::uint64_t>;
using All = std::multiset<Told>;

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
    EXPECT_TRUE(github_report(hostile("\x1b[31m\u00e9.c")).starts_with("::error file=\\x1b[31m\u00e9.c,line=3,"))
        << github_report(hostile("\x1b[31m\u00e9.c"));
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
