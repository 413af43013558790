// SPDX-License-Identifier: MIT
// The oracle beside a run: releases are judged like accesses, and shown with what may still lead there.
#include "sim/platform/judge.hpp"

#include "models/x86/entry.hpp"

#include <gtest/gtest.h>

namespace drywalk::platform {
namespace {

using oracle::Verdict;
using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;

constexpr std::uint64_t page_bytes = x86::small_page_bytes;
constexpr PhysicalAddress root{0x1000}, pdpt{0x2000}, directory{0x3000}, table{0x4000}, page{0x8000}, other{0x9000};
const LinearAddress here = LinearAddress::truncate(0x5000);
constexpr x86::Access user_read{x86::AccessKind::read, true, false};

/// An address space that maps `here` to `page`, and a judge that has seen it used.
struct Released : testing::Test {
    Judge judge{JudgeOptions{}};
    const EventObserver::Where where = EventObserver::Where::current();

    Released()
    {
        x86::PagingMode mode;
        mode.cr3 = {root.value()};
        judge.begin({.cpus = 1, .memory_bytes = 1 << 20, .mode = mode});
        judge.store(0, root, Entry::table(pdpt).raw(), where);
        judge.store(0, pdpt, Entry::table(directory).raw(), where);
        judge.store(0, directory, Entry::table(table).raw(), where);
        judge.store(0, leaf(), Entry::leaf(page, x86::PageSize::size_4k, {}).raw(), where);
        (void)judge.access(0, here, user_read, 8);
    }
    static PhysicalAddress leaf() { return table + 5 * x86::entry_bytes; }
    [[nodiscard]] std::uint64_t count(Verdict verdict) const
    {
        return judge.summary().verdicts[static_cast<unsigned>(verdict)];
    }
};

TEST_F(Released, APageThatAStaleEntryLeadsToIsAViolation)
{
    judge.store(0, leaf(), 0, where);
    const auto release_line = EventObserver::Where::current();
    judge.release(0, page, page_bytes, release_line);
    EXPECT_EQ(judge.summary().violations(), 1U);
    EXPECT_EQ(count(Verdict::released_while_reachable), 1U);
    EXPECT_EQ(judge.summary().accesses, 1U) << "a release is none";
    EXPECT_EQ(judge.summary().events, 7U);
    ASSERT_EQ(judge.summary().judged.size(), 1U);
    const JudgedAccess& judged = judge.summary().judged.front();
    EXPECT_TRUE(judged.is_release());
    EXPECT_EQ(judged.event, 6U);
    EXPECT_EQ(judged.released, page);
    EXPECT_EQ(judged.at.line, release_line.line());
    EXPECT_EQ(judged.linear.page(), here);
    ASSERT_TRUE(judged.witness.used.has_value());
    EXPECT_EQ(judged.witness.used->physical(here), page);
    EXPECT_EQ(judged.witness.broken_by, 5U);
    EXPECT_EQ(judged.broken_at.line, where.line());
}

TEST_F(Released, AnInvalidationInBetweenMakesItClean)
{
    judge.store(0, leaf(), 0, where);
    judge.invlpg(0, here, where);
    judge.release(0, page, page_bytes, where);
    EXPECT_EQ(judge.summary().violations(), 0U);
    EXPECT_TRUE(judge.summary().judged.empty());
}

TEST_F(Released, AnotherPageIsNoneOfItsBusiness)
{
    judge.store(0, leaf(), 0, where);
    judge.release(0, other, page_bytes, where);
    EXPECT_EQ(judge.summary().violations(), 0U);
}

TEST_F(Released, ATableThatAPagingStructureCacheMayKnowIsAViolationToo)
{
    judge.store(0, directory, 0, where);
    judge.release(0, table, page_bytes, where);
    EXPECT_EQ(count(Verdict::released_while_reachable), 1U);
}

TEST_F(Released, EachReleasingLineIsShownAndEachReleaseCounted)
{
    judge.store(0, leaf(), 0, where);
    for (int time = 0; time < 3; ++time)
        judge.release(0, page, page_bytes, where);
    judge.release(0, page, page_bytes, EventObserver::Where::current());
    EXPECT_EQ(judge.summary().violations(), 4U);
    EXPECT_EQ(judge.summary().judged.size(), 2U);
}

} // namespace
} // namespace drywalk::platform
