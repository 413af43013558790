// SPDX-License-Identifier: MIT
// What a finding says after the second reading: exact events, and advice that was tried.
#include "sim/judge/explain.hpp"
#include "sim/judge/trace_judge.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace drywalk::judge::test {
namespace {

using Instruction = oracle::Remedy::Instruction;

[[nodiscard]] std::string store(std::uint64_t pa, std::uint64_t value)
{
    return fmt::format("{{\"op\":\"store\",\"pa\":\"{:#x}\",\"value\":\"{:#x}\"}}\n", pa, value);
}
[[nodiscard]] std::string control(const char* op, std::uint64_t value)
{
    return fmt::format("{{\"op\":\"{}\",\"value\":\"{:#x}\"}}\n", op, value);
}
[[nodiscard]] std::string at(const char* op, std::uint64_t va)
{
    return fmt::format("{{\"op\":\"{}\",\"va\":\"{:#x}\"}}\n", op, va);
}
/// Events 0 to 3: the page at 0x5000 below the root at 0x10000.
[[nodiscard]] std::string tables(std::uint64_t leaf = 0x50067)
{
    return store(0x10000, 0x20027) + store(0x20000, 0x21027) + store(0x21000, 0x22027) + store(0x22028, leaf);
}

[[nodiscard]] TraceVerdict judged(const std::string& events, const std::string& header = {})
{
    const std::string text = "{\"drywalk_trace\":1" + header + "}\n" + events;
    return judge_input(trace::TraceInput::of_memory(text, "t"));
}

const std::string with_pcids = ",\"cr4\":\"0x200a0\"";

TEST(SecondPass, EstablishedAfterTheFlushThatRemovedIt)
{
    const TraceVerdict verdict = judged(tables(0x50163) + control("mov_cr3", 0x10000) + control("mov_cr4", 0x20) +
                                        control("mov_cr4", 0xa0) + control("mov_cr3", 0x11000) + at("read", 0x5000));
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    EXPECT_EQ(verdict.violations.kept.front().witness->established_by, 6U);
    EXPECT_EQ(verdict.violations.kept.front().witness->broken_by, 7U);
    EXPECT_FALSE(verdict.violations.kept.front().approximate);
    EXPECT_EQ(verdict.cited.count(6), 1U) << "the exact events are cited";
}

TEST(SecondPass, NotBrokenByAStoreThatChangedNothing)
{
    const std::string events = store(0x10000, 0x20027) + store(0x20000, 0x21023) + store(0x21000, 0x2000a7) +
                               control("mov_cr3", 0x10001) + store(0x21000, 0x2000a3) +
                               control("mov_cr3", 0x8000'0000'0001'1001) + at("read", 0x5000);
    const TraceVerdict verdict = judged(events, with_pcids);
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    EXPECT_EQ(verdict.violations.kept.front().witness->established_by, 3U);
    EXPECT_EQ(verdict.violations.kept.front().witness->broken_by, 5U);
}

TEST(SecondPass, LostDirtyNamesTheWriteThatSetIt)
{
    const TraceVerdict verdict = judged(tables(0x50023) + control("mov_cr3", 0x10000) + at("write", 0x5000) +
                                        store(0x22028, 0x50023) + at("write", 0x5010));
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    EXPECT_EQ(verdict.violations.kept.front().verdict, oracle::Verdict::lost_dirty);
    EXPECT_EQ(verdict.violations.kept.front().witness->established_by, 5U);
    EXPECT_EQ(verdict.violations.kept.front().witness->broken_by, 6U);
}

TEST(SecondPass, AdviceStandsAfterTheLastOfTwoChanges)
{
    const TraceVerdict verdict = judged(tables() + control("mov_cr3", 0x10000) + store(0x22028, 0x51067) +
                                        store(0x22028, 0x52067) + at("read", 0x5000));
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    const Finding& finding = verdict.violations.kept.front();
    EXPECT_EQ(finding.witness->broken_by, 6U);
    ASSERT_TRUE(finding.remedy.after);
    EXPECT_EQ(*finding.remedy.after, 6U);
}

TEST(SecondPass, ReplacesAdviceThatCannotReachAParkedPcid)
{
    const std::string one = ",\"cpu\":1}\n";
    const auto on_cpu_1 = [&](std::string event) { return event.replace(event.size() - 2, 2, one); };
    const std::string events = tables() + on_cpu_1(control("mov_cr3", 0x10001)) +
                               on_cpu_1(control("mov_cr3", 0x11002)) + store(0x22028, 0) + at("invlpg", 0x5000) +
                               on_cpu_1(at("invlpg", 0x5000)) + on_cpu_1(control("mov_cr3", 0x8000'0000'0001'0001)) +
                               on_cpu_1(at("read", 0x5000));
    const TraceVerdict verdict = judged(events, ",\"cpus\":2" + with_pcids);
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    const Finding& finding = verdict.violations.kept.front();
    EXPECT_EQ(finding.event.index, 10U);
    EXPECT_EQ(finding.witness->established_by, 4U);
    EXPECT_EQ(finding.witness->broken_by, 6U) << "the store, and not the MOV CR3 that parked the PCID";
    EXPECT_NE(finding.remedy.instruction, Instruction::none);
    EXPECT_EQ(finding.remedy.cpu, 1U);
}

TEST(SecondPass, ExplainsWarningsToo)
{
    const std::string widen = store(0x22028, 0x50067);
    const TraceVerdict verdict = judged(tables(0x50065) + control("mov_cr3", 0x10000) + widen + at("write", 0x5000) +
                                        "{\"op\":\"write\",\"va\":\"0x5000\",\"user\":true}\n");
    ASSERT_FALSE(verdict.warnings.kept.empty());
    EXPECT_EQ(verdict.warnings.kept.front().verdict, oracle::Verdict::spurious_fault);
    EXPECT_EQ(verdict.warnings.kept.front().witness->established_by, 4U);
    EXPECT_EQ(verdict.warnings.kept.front().witness->broken_by, 5U);
}

TEST(SecondPass, LeavesACleanTraceAlone)
{
    const TraceVerdict verdict = judged(tables() + control("mov_cr3", 0x10000) + at("read", 0x5000));
    EXPECT_TRUE(verdict.clean());
    EXPECT_TRUE(verdict.cited.empty());
}

/// Pages 0 to `pages` - 1 are mapped, loaded, remapped and read.
[[nodiscard]] std::string many_pages(unsigned pages)
{
    std::string events = tables();
    for (std::uint64_t page = 0; page != pages; ++page)
        events += store(0x22000 + 8 * page, 0x100067 + 0x1000 * page);
    events += control("mov_cr3", 0x10000);
    for (std::uint64_t page = 0; page != pages; ++page)
        events += store(0x22000 + 8 * page, 0x400067 + 0x1000 * page);
    for (std::uint64_t page = 0; page != pages; ++page)
        events += at("read", 0x1000 * page);
    return events;
}

/// Follows the trace with little to spend; returns how many of its violations are exact.
[[nodiscard]] std::size_t exact_within(const std::string& events, Explainer::Limits limits)
{
    const auto input = trace::TraceInput::of_memory("{\"drywalk_trace\":1}\n" + events, "t");
    trace::TraceReader reader = input.open();
    TraceVerdict verdict = judge_trace(reader);
    Explainer explainer{reader.header(), verdict, limits};
    trace::TraceReader again = input.open();
    for (Event event; again.next(event);)
        explainer.follow(event);
    std::size_t exact = 0;
    for (const Finding& finding : verdict.violations.kept)
        exact += finding.approximate ? 0U : 1U;
    return exact;
}

TEST(SecondPass, FollowsNoMorePagesThanItMay)
{
    EXPECT_EQ(exact_within(many_pages(100), {512, 1'000'000}), 100U);
    EXPECT_EQ(exact_within(many_pages(100), {10, 1'000'000}), 10U);
    EXPECT_EQ(exact_within(many_pages(100), {0, 1'000'000}), 0U);
}

TEST(SecondPass, GivesUpLaterPagesWhenTheyTakeTooLong)
{
    const std::size_t exact = exact_within(many_pages(100), {512, 500});
    EXPECT_LT(exact, 100U);
    EXPECT_LE(exact_within(many_pages(100), {512, 0}), 1U);
}

} // namespace
} // namespace drywalk::judge::test
