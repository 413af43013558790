// SPDX-License-Identifier: MIT
// Traces of version 2 are judged as the same events of version 1 are; findings name the right line of the right log.
#include "sim/judge/report.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/trace/page_data.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstring>
#include <random>

namespace drywalk::judge::test {

using namespace trace;
using namespace trace::test;
namespace {

const std::string header_2 = "{\"drywalk_trace\":2,\"cpus\":2}\n";

using Table = std::array<std::uint64_t, 512>;

[[nodiscard]] std::string page(const std::string& pa, const Table& table)
{
    std::string bytes(sizeof table, '\0');
    std::memcpy(bytes.data(), table.data(), sizeof table);
    std::string line = "{\"op\":\"page\",\"pa\":\"" + pa + "\",\"base64\":\"";
    append_base64(line, bytes);
    return line + "\"}\n";
}

[[nodiscard]] std::string upper_tables()
{
    return page("0x1000", Table{0x2027}) + page("0x2000", Table{0x3027}) + page("0x3000", Table{0x4027});
}

[[nodiscard]] TraceVerdict judged(const std::string& text) { return judge_input(TraceInput::of_memory(text, "t")); }

[[nodiscard]] std::string read_of(std::uint64_t va) { return "{\"op\":\"read\",\"va\":" + std::to_string(va) + "}\n"; }

TEST(Version2, APageIsOneEventThatChangesEveryEntryOfIt)
{
    Table first{};
    Table second{};
    for (std::uint64_t index = 0; index < 512; ++index) {
        first[index] = 0x10'0067 + 0x1000 * index;
        second[index] = index % 2 == 0 ? first[index] : first[index] + 0x40'0000;
    }
    std::string text = header_2 + upper_tables() + page("0x4000", first) +
                       "{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n" + page("0x4000", second);
    for (std::uint64_t index = 0; index < 512; ++index)
        text += read_of(0x1000 * index);
    const TraceVerdict verdict = judged(text);
    EXPECT_EQ(verdict.events, 6U + 512U);
    EXPECT_EQ(verdict.architectural_faults, 0U);
    ASSERT_EQ(verdict.violations.total, 256U);
    const Finding& finding = verdict.violations.kept.front();
    EXPECT_EQ(finding.event.index, 7U);
    EXPECT_EQ(finding.witness->broken_by, 5U);
    EXPECT_EQ(verdict.cited.at(5).what, "page pa=0x4000");
}

TEST(Version2, AFillReplacesAWholeTable)
{
    const std::string before = header_2 + upper_tables() +
                               "{\"op\":\"fill\",\"pa\":\"0x4000\",\"value\":\"0x5067\"}\n" +
                               "{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n" + read_of(0x1f'f000);
    EXPECT_EQ(judged(before).architectural_faults, 0U);
    const TraceVerdict cleared =
        judged(before + "{\"op\":\"fill\",\"pa\":\"0x4000\",\"value\":0}\n" + read_of(0x1f'f000));
    EXPECT_EQ(cleared.violations.total, 1U);
    const TraceVerdict flushed =
        judged(before + "{\"op\":\"fill\",\"pa\":\"0x4000\",\"value\":0}\n{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n" +
               read_of(0x1f'f000));
    EXPECT_EQ(flushed.violations.total, 0U);
    EXPECT_EQ(flushed.architectural_faults, 1U);
}

/// Pages against 512 stores each, on tables that are rewritten at random.
TEST(Version2, APageIsJudgedAsItsStoresAre)
{
    std::mt19937_64 random{4};
    for (unsigned round = 0; round < 40; ++round) {
        std::string pages = header_2;
        std::string stores = header_2;
        const auto both = [&](const std::string& line) {
            pages += line;
            stores += line;
        };
        const auto table = [&](std::uint64_t pa, const Table& entries) {
            char hexadecimal[32];
            std::snprintf(hexadecimal, sizeof hexadecimal, "%#lx", pa);
            pages += page(hexadecimal, entries);
            for (std::size_t index = 0; index < entries.size(); ++index)
                stores += "{\"op\":\"store\",\"pa\":" + std::to_string(pa + 8 * index) +
                          ",\"value\":" + std::to_string(entries[index]) + "}\n";
        };
        for (const std::uint64_t pa : {0x1000U, 0x2000U, 0x3000U})
            table(pa, Table{(pa + 0x1000) | 0x27});
        both("{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n");
        for (unsigned step = 0; step < 6; ++step) {
            Table leaves{};
            for (unsigned index = 0; index < 8; ++index)
                leaves[index] =
                    random() % 3 == 0 ? 0 : 0x10'0000 * (1 + random() % 2) + (random() % 2 == 0 ? 0x67 : 0x61);
            table(0x4000, leaves);
            if (random() % 3 == 0) both("{\"op\":\"invlpg\",\"va\":" + std::to_string(random() % 8 * 4096) + "}\n");
            for (unsigned access = 0; access < 4; ++access)
                both(read_of(random() % 8 * 4096));
        }
        const TraceVerdict left = judged(pages);
        const TraceVerdict right = judged(stores);
        ASSERT_EQ(left.violations.total, right.violations.total) << round;
        ASSERT_EQ(left.warnings.total, right.warnings.total) << round;
        ASSERT_EQ(left.architectural_faults, right.architectural_faults) << round;
        for (std::size_t index = 0; index < left.violations.kept.size(); ++index) {
            ASSERT_EQ(left.violations.kept[index].verdict, right.violations.kept[index].verdict);
            ASSERT_EQ(left.violations.kept[index].va, right.violations.kept[index].va);
        }
    }
}

TEST(Version2, AFillOfZeroOverUntouchedMemoryCostsNoMemory)
{
    trace::Header header = default_header();
    header.memory_bytes = std::uint64_t{1} << 52;
    TraceJudge judge{header};
    Event event;
    event.kind = EventKind::fill;
    for (std::uint64_t number = 0; number < 1'000'000; ++number) {
        event.pa = number * 4096;
        judge.judge(event);
    }
    EXPECT_EQ(judge.verdict().events, 1'000'000U);
}

TEST(Version2, FindingsOfMergedLogsNameFileAndLine)
{
    const TemporaryDirectory folder;
    const std::string first = folder.write("a", header_2 + R"({"op":"store","pa":"0x1000","value":"0x2027","seq":1}
{"op":"store","pa":"0x2000","value":"0x3027","seq":2}
{"op":"store","pa":"0x3000","value":"0x4027","seq":3}
{"op":"fill","pa":"0x4000","value":"0x5067","seq":4}
{"op":"store","pa":"0x4000","value":"0x6067","seq":6,"stack":["fork mm.c:7","pte.h:1"]}
)");
    const std::string second = folder.write("b", header_2 + R"({"op":"mov_cr3","value":"0x1000","cpu":1,"seq":5}
{"op":"invlpg","va":"0x9000","cpu":1,"seq":7}
{"op":"read","va":0,"cpu":1,"seq":8}
)");
    ReadOptions options;
    options.accessors = {"pte.h"};
    const TraceVerdict verdict = judge_input(TraceInput{std::vector{first, second}, options});
    EXPECT_EQ(verdict.events, 8U);
    ASSERT_EQ(verdict.violations.total, 1U);
    EXPECT_EQ(verdict.violations.kept[0].event.index, 7U);
    EXPECT_EQ(verdict.cited.at(5).src, "mm.c:7");
    EXPECT_EQ(verdict.cited.at(5).stack, "fork mm.c:7\npte.h:1");
    const auto expect_place = [&](std::uint64_t event, const std::string& file, std::uint64_t line) {
        EXPECT_EQ(line_of(verdict, event).file, file) << event;
        EXPECT_EQ(line_of(verdict, event).line, line) << event;
    };
    expect_place(4, second, 2);
    expect_place(5, first, 6);
    expect_place(6, second, 3);
    expect_place(7, second, 4);
    EXPECT_NE(text_report(verdict).find("(" + second + ":4)"), std::string::npos) << text_report(verdict);
    const nlohmann::json document = nlohmann::json::parse(json_report(verdict));
    EXPECT_EQ(document.at("violations").at(0).at("broken").at("stack"), (nlohmann::json{"fork mm.c:7", "pte.h:1"}));
}

TEST(Version2, FindingsBehindNoiseNameTheRightLine)
{
    ReadOptions options;
    options.skip_noise = true;
    const std::string text = "boot\n" + header_2 + "noise\n" + upper_tables() +
                             "{\"op\":\"fill\",\"pa\":\"0x4000\",\"value\":\"0x5067\"}\nnoise\n"
                             "{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n"
                             "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":0}\n" +
                             read_of(0);
    const TraceVerdict verdict = judge_input(TraceInput::of_memory(text, "t", options));
    ASSERT_EQ(verdict.violations.total, 1U);
    EXPECT_EQ(line_of(verdict, 6).line, 11U);
    EXPECT_EQ(line_of(verdict, 5).line, 10U);
    EXPECT_EQ(verdict.noise, 3U);
    EXPECT_NE(text_report(verdict).find("skipped as noise: 3 lines\n"), std::string::npos);
}

TEST(Version2, AnInvlpgbIsDoneOnEveryProcessorOnceItsTlbsyncIs)
{
    const auto violations = [](const std::string& between) {
        const std::string text =
            header_2 + upper_tables() + page("0x4000", Table{0x5067}) +
            "{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n{\"op\":\"mov_cr3\",\"value\":\"0x1000\",\"cpu\":1}\n" +
            "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x6067\"}\n" + between +
            "{\"op\":\"read\",\"va\":0,\"cpu\":1}\n";
        return judged(text).violations.total;
    };
    const std::string broadcast = "{\"op\":\"invlpgb\",\"va\":0}\n";
    const std::string wait = "{\"op\":\"tlbsync\"}\n";
    EXPECT_EQ(violations(broadcast + wait), 0U);
    EXPECT_EQ(violations(broadcast), 1U) << "not waited for";
    EXPECT_EQ(violations(wait + broadcast), 1U);
    EXPECT_EQ(violations(broadcast + "{\"op\":\"tlbsync\",\"cpu\":1}\n"), 1U) << "another processor waits for its own";
    EXPECT_EQ(violations("{\"op\":\"invlpgb\",\"va\":4096}\n" + wait), 1U);
}

[[nodiscard]] std::string outcome_of(const TraceVerdict& verdict) { return std::string{CheckedRun{verdict}.outcome()}; }

TEST(Outcome, IsNothingWithoutAccessesAndReleases)
{
    const TraceVerdict verdict = judged(header_2 + "{\"op\":\"mark\",\"name\":\"x\"}\n");
    EXPECT_EQ(outcome_of(verdict), "nothing judged");
    EXPECT_EQ(text_report(verdict), "nothing judged: t: 1 event, but no access and no release among them\n"
                                    "last mark: \"x\"\n");
    EXPECT_EQ(nlohmann::json::parse(json_report(verdict)).at("verdict"), "nothing judged");
    EXPECT_EQ(outcome_of(judged(header_2 + read_of(0))), "clean");
    EXPECT_EQ(outcome_of(judged(header_2 + "{\"op\":\"release\",\"pa\":4096,\"bytes\":1}\n")), "clean");
}

TEST(Outcome, DoubtsATraceWhoseAccessesMostlyFault)
{
    TraceVerdict verdict;
    const auto doubt = [&](std::uint64_t faults, std::uint64_t accesses) {
        verdict.accesses = accesses;
        verdict.architectural_faults = faults;
        return doubt_about_faults(verdict);
    };
    EXPECT_EQ(doubt(24, 27), "24 of 27 accesses faulted: is CR3 right?");
    EXPECT_EQ(doubt(5, 8), "5 of 8 accesses faulted: is CR3 right?");
    EXPECT_EQ(doubt(4, 8), "");
    EXPECT_EQ(doubt(7, 7), "7 of 7 accesses faulted: is CR3 right?");
    EXPECT_EQ(doubt(1, 1), "") << "one fault may be meant";
    verdict.from_middle = true;
    EXPECT_EQ(doubt(8, 8), "8 of 8 accesses faulted: is CR3 right, and were all tables told first?");
}

} // namespace
} // namespace drywalk::judge::test
