// SPDX-License-Identifier: MIT
// The driver: every event reaches the oracle, every answer reaches the verdict, and memory stays bounded.
#include "sim/judge/trace_judge.hpp"

#include "sim/trace/writer.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

namespace drywalk::judge::test {

using namespace trace;
using namespace trace::test;
namespace {

/// The tables of one address space with its root at 0x1000, which map va 0x0 by the entry at 0x4000; event 4 is
/// MOV CR3. `leaf` is what that entry says.
std::string tables(const std::string& leaf = "0x5067")
{
    return R"({"op":"store","pa":"0x1000","value":"0x2027"})"
           "\n"
           R"({"op":"store","pa":"0x2000","value":"0x3027"})"
           "\n"
           R"({"op":"store","pa":"0x3000","value":"0x4027"})"
           "\n"
           R"({"op":"store","pa":"0x4000","value":")" +
           leaf +
           "\"}\n"
           R"({"op":"mov_cr3","value":"0x1000"})"
           "\n";
}

TraceVerdict judged(const std::string& events, const std::string& header = plain_header, JudgeOptions options = {})
{
    TraceReader reader = reader_of(header + events);
    return judge_trace(reader, {}, options);
}

const std::string remap = "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x6067\",\"src\":\"mm.c:7\"}\n";
const std::string read_page = "{\"op\":\"read\",\"va\":\"0x10\",\"src\":\"user.c:9\",\"note\":\"after remap\"}\n";
const std::string flush_page = "{\"op\":\"invlpg\",\"va\":\"0x0\"}\n";

TEST(Judge, ReportsAStaleTranslationWithItsWholeStory)
{
    const TraceVerdict verdict = judged(tables() + "{\"op\":\"mark\",\"name\":\"remap\"}\n" + remap + read_page);
    EXPECT_FALSE(verdict.clean());
    EXPECT_EQ(verdict.file, "t");
    EXPECT_EQ(verdict.events, 8U);
    EXPECT_EQ(verdict.accesses, 1U);
    EXPECT_EQ(verdict.architectural_faults, 0U);
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    const Finding& finding = verdict.violations.kept.front();
    EXPECT_EQ(finding.event, (EventText{7, EventKind::read, 0, "read va=0x10", "user.c:9", "after remap"}));
    EXPECT_EQ(finding.verdict, oracle::Verdict::stale_translation);
    EXPECT_EQ(finding.va, 0x10U);
    EXPECT_EQ(finding.mark, "remap");
    ASSERT_TRUE(finding.witness && finding.witness->used && finding.tables.translation);
    EXPECT_EQ(finding.witness->used->page.value(), 0x5000U);
    EXPECT_EQ(finding.tables.translation->page.value(), 0x6000U);
    EXPECT_EQ(finding.witness->broken_by, 6U);
    EXPECT_EQ(missing_invalidation(finding, 1), "invlpg 0x10 after event 6, before event 7");
    EXPECT_EQ(missing_invalidation(finding, 2), "invlpg 0x10 on cpu 0 after event 6, before event 7");
}

TEST(Judge, IsCleanWithTheInvalidationAndSaysIfItIsRedundant)
{
    const TraceVerdict good = judged(tables() + remap + flush_page + read_page);
    EXPECT_TRUE(good.clean());
    EXPECT_EQ(good.redundant_invalidations.total, 0U);
    const TraceVerdict twice = judged(tables() + remap + flush_page + flush_page + read_page);
    EXPECT_TRUE(twice.clean());
    ASSERT_EQ(twice.redundant_invalidations.kept.size(), 1U);
    EXPECT_EQ(twice.redundant_invalidations.kept.front().event.index, 7U);
    EXPECT_EQ(twice.redundant_invalidations.kept.front().event.what, "invlpg va=0x0");
}

TEST(Judge, EmptiesAParkedPcidWhoseTablesAreFreed)
{
    const std::string header = "{\"drywalk_trace\":1,\"cr4\":\"0x200a0\"}\n";
    const std::string parked = "{\"op\":\"store\",\"pa\":\"0x1000\",\"value\":\"0x2027\"}\n"
                               "{\"op\":\"store\",\"pa\":\"0x2000\",\"value\":\"0x3027\"}\n"
                               "{\"op\":\"mov_cr3\",\"value\":\"0x1002\"}\n"
                               "{\"op\":\"mov_cr3\",\"value\":\"0x8001\"}\n";
    const std::string release = "{\"op\":\"release\",\"pa\":\"0x3000\",\"bytes\":4096}\n";
    const TraceVerdict verdict = judged(parked + release, header);
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    const Finding& finding = verdict.violations.kept.front();
    EXPECT_EQ(finding.verdict, oracle::Verdict::released_in_use);
    EXPECT_EQ(finding.remedy.instruction, oracle::Remedy::Instruction::invpcid);
    EXPECT_EQ(finding.remedy.type, x86::InvpcidType::single_context);
    EXPECT_EQ(finding.remedy.pcid, 2U);
    EXPECT_EQ(finding.remedy.after, 3U);
    EXPECT_TRUE(judged(parked + "{\"op\":\"invpcid\",\"type\":1,\"pcid\":2}\n" + release, header).clean());
}

TEST(Judge, NamesAHolderOnceHoweverManyOfItsEntriesLeadThere)
{
    const std::string narrower = "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x5065\"}\n";
    const std::string gone = "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x0\"}\n";
    const std::string release = "{\"op\":\"release\",\"pa\":\"0x5000\",\"bytes\":4096}\n";
    const TraceVerdict verdict = judged(tables() + narrower + gone + release);
    ASSERT_EQ(verdict.violations.kept.size(), 1U);
    EXPECT_EQ(verdict.violations.kept.front().holders.size(), 1U);
    EXPECT_EQ(verdict.violations.kept.front().holder_count, 1U);
}

TEST(Judge, KeepsTheLastMark)
{
    EXPECT_EQ(judged(tables()).last_mark, "");
    EXPECT_EQ(judged(tables() + "{\"op\":\"mark\",\"name\":\"a\"}\n{\"op\":\"mark\",\"name\":\"events lost: 3\"}\n")
                  .last_mark,
              "events lost: 3");
}

TEST(Judge, CountsArchitecturalFaultsApart)
{
    const TraceVerdict verdict = judged(tables("0x0") + read_page + read_page);
    EXPECT_TRUE(verdict.clean());
    EXPECT_EQ(verdict.accesses, 2U);
    EXPECT_EQ(verdict.architectural_faults, 2U);
}

TEST(Judge, TellsUserSupervisorWriteAndFetchApart)
{
    const std::string user_read = "{\"op\":\"read\",\"va\":0,\"user\":true}\n";
    EXPECT_EQ(judged(tables("0x5067") + user_read).architectural_faults, 0U);
    EXPECT_EQ(judged(tables("0x5063") + user_read).architectural_faults, 1U);
    EXPECT_EQ(judged(tables("0x5065") + "{\"op\":\"write\",\"va\":0,\"user\":true}\n").architectural_faults, 1U);
    EXPECT_EQ(judged(tables("0x8000000000005067") + "{\"op\":\"fetch\",\"va\":0,\"user\":true}\n").architectural_faults,
              1U);
    EXPECT_EQ(judged(tables("0x8000000000005067") + "{\"op\":\"read\",\"va\":0,\"user\":true}\n").architectural_faults,
              0U);
}

TEST(Judge, PassesEflagsAcOn)
{
    const std::string smap = "{\"drywalk_trace\":1,\"cr4\":\"0x2000a0\"}\n";
    EXPECT_EQ(judged(tables() + "{\"op\":\"read\",\"va\":0}\n", smap).architectural_faults, 1U);
    EXPECT_EQ(judged(tables() + "{\"op\":\"read\",\"va\":0,\"ac\":true}\n", smap).architectural_faults, 0U);
}

TEST(Judge, EveryOtherEventReachesTheOracle)
{
    const auto violations = [](const std::string& between) {
        return judged(tables() + remap + between + read_page).violations.total;
    };
    EXPECT_EQ(violations(""), 1U);
    EXPECT_EQ(violations("{\"op\":\"mark\",\"name\":\"x\"}\n"), 1U);
    EXPECT_EQ(violations("{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n"), 0U);
    EXPECT_EQ(violations("{\"op\":\"mov_cr4\",\"value\":\"0x20\"}\n"), 0U);
    EXPECT_EQ(violations("{\"op\":\"mov_cr0\",\"value\":1}\n{\"op\":\"mov_cr0\",\"value\":\"0x80010001\"}\n"), 0U);
    EXPECT_EQ(violations("{\"op\":\"wrmsr_efer\",\"value\":\"0x500\"}\n"), 1U);
    EXPECT_EQ(violations("{\"op\":\"invpcid\",\"type\":0,\"pcid\":0,\"va\":0}\n"), 0U);
    EXPECT_EQ(violations("{\"op\":\"invpcid\",\"type\":0,\"pcid\":0,\"va\":4096}\n"), 1U);
    EXPECT_EQ(violations("{\"op\":\"invpcid\",\"type\":2}\n"), 0U);
    EXPECT_EQ(violations("{\"op\":\"page_fault\",\"va\":0}\n"), 0U);
    EXPECT_EQ(violations("{\"op\":\"page_fault\",\"va\":4096}\n"), 1U);
}

TEST(Judge, ReportsAReleaseWithAnAddressThatLeadsThere)
{
    const std::string release = "{\"op\":\"release\",\"pa\":\"0x5000\",\"bytes\":4096}\n";
    EXPECT_TRUE(judged(tables() + release).clean()) << "mapped, but not by a stale entry";
    const TraceVerdict verdict = judged(tables() + remap + release);
    ASSERT_EQ(verdict.violations.total, 1U);
    const Finding& finding = verdict.violations.kept.front();
    EXPECT_EQ(finding.verdict, oracle::Verdict::released_while_reachable);
    EXPECT_EQ(finding.va, 0U);
    ASSERT_TRUE(finding.released);
    EXPECT_EQ(finding.released->pa, 0x5000U);
    EXPECT_EQ(finding.released->bytes, 4096U);
    EXPECT_TRUE(judged(tables() + remap + flush_page + release).clean());
}

TEST(Judge, WarnsWithoutFailing)
{
    const std::string clear_accessed = "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x5047\"}\n";
    const TraceVerdict verdict = judged(tables() + clear_accessed + read_page);
    EXPECT_TRUE(verdict.clean());
    ASSERT_EQ(verdict.warnings.total, 1U);
    EXPECT_EQ(verdict.warnings.kept.front().verdict, oracle::Verdict::lost_accessed);
}

TEST(Judge, KeepsProcessorsApart)
{
    const std::string two = "{\"drywalk_trace\":1,\"cpus\":2}\n";
    const std::string second = "{\"op\":\"mov_cr3\",\"value\":\"0x1000\",\"cpu\":1}\n";
    const std::string read_there = "{\"op\":\"read\",\"va\":0,\"cpu\":1}\n";
    const TraceVerdict verdict = judged(tables() + second + remap + flush_page + read_page + read_there, two);
    ASSERT_EQ(verdict.violations.total, 1U);
    EXPECT_EQ(verdict.violations.kept.front().cpu, 1U);
    EXPECT_EQ(verdict.violations.kept.front().event.index, 9U);
}

TEST(Judge, TheCallersVendorReplacesTheHeaders)
{
    const std::string widen = "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x5067\"}\n";
    const std::string events = tables("0x5065") + widen + "{\"op\":\"write\",\"va\":0,\"user\":true}\n";
    TraceReader portable = reader_of(plain_header + events);
    EXPECT_EQ(judge_trace(portable).warnings.total, 1U) << "a spurious fault, as Intel permits";
    TraceReader amd = reader_of(plain_header + events);
    const TraceVerdict verdict = judge_trace(amd, x86::Vendor::amd);
    EXPECT_EQ(verdict.warnings.total, 0U) << "AMD walks again before it faults";
    EXPECT_EQ(verdict.vendor, x86::Vendor::amd);
}

TEST(Judge, CountsAllAndKeepsSome)
{
    std::string events = tables() + remap;
    for (int count = 0; count < 50; ++count)
        events += "{\"op\":\"read\",\"va\":8}\n";
    for (int count = 0; count < 30; ++count)
        events += "{\"op\":\"invlpg\",\"va\":\"0x7000\"}\n";
    JudgeOptions options;
    options.most_kept = 10;
    const TraceVerdict verdict = judged(events, plain_header, options);
    EXPECT_EQ(verdict.violations.total, 50U);
    EXPECT_EQ(verdict.violations.kept.size(), 10U);
    EXPECT_EQ(verdict.redundant_invalidations.total, 30U);
    EXPECT_EQ(verdict.redundant_invalidations.kept.size(), 10U);
}

TEST(Judge, CitesEventsFromMemoryAsFromTheFile)
{
    const TemporaryDirectory directory;
    const std::string text = plain_header + tables() + remap + read_page;
    const TraceVerdict from_file = judge_file(directory.write("t.jsonl", text));
    const TraceVerdict from_memory = judge_input(TraceInput::of_memory(text, "t"));
    EXPECT_EQ(from_file.cited, from_memory.cited);
    ASSERT_EQ(from_file.cited.count(5), 1U);
    EXPECT_EQ(from_file.cited.at(5), (EventText{5, EventKind::store, 0, "store pa=0x4000 value=0x6067", "mm.c:7", ""}));
    EXPECT_EQ(cited_events(from_file).size(), from_file.cited.size());
}

TEST(Judge, ReadsCompressedFilesTwice)
{
    const TemporaryDirectory directory;
    const std::string file = directory.file("t.jsonl.zst");
    TraceReader reader = reader_of(plain_header + tables() + remap + read_page);
    TraceWriter writer{file, reader.header()};
    for (Event event; reader.next(event);)
        writer.write(event);
    writer.finish();
    const TraceVerdict verdict = judge_file(file);
    EXPECT_EQ(verdict.violations.total, 1U);
    EXPECT_EQ(verdict.cited.count(5), 1U);
}

} // namespace
} // namespace drywalk::judge::test
