// SPDX-License-Identifier: MIT
// What a report tells its reader to change, word by word.
#include "sim/judge/advice.hpp"

#include "tests/judge/verdicts.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace drywalk::judge::test {
namespace {

using oracle::Holder;
using oracle::Remedy;
using oracle::Verdict;

/// The advice for the first group of `verdict`.
std::string advice(const TraceVerdict& verdict) { return advice_of(verdict, groups_of(verdict).at(0)); }

/// Findings that event 38 at mm/vm.c:34 broke.
TraceVerdict broken(std::vector<Finding> findings)
{
    TraceVerdict verdict = with(std::move(findings));
    cite(verdict, 38, "mm/vm.c:34");
    return verdict;
}

Finding used_at(std::uint64_t event, std::uint64_t va, unsigned cpu = 0)
{
    Finding finding = curable(event, 38, va, cpu);
    finding.event.src = "mm/vm.c:52";
    return finding;
}

TEST(Advice, BeginsWithTheLineToChangeAndGivesBothBounds)
{
    EXPECT_EQ(advice(broken({used_at(41, 0x40'0010)})),
              "mm/vm.c:34 (event 38, store pa=0x4000 value=0x6067) must be followed by invlpg 0x400000 before event 41 "
              "(mm/vm.c:52)");
}

TEST(Advice, NamesTheProcessorWhereThereAreSeveral)
{
    TraceVerdict verdict = broken({used_at(41, 0x1000, 0), used_at(42, 0x1000, 2)});
    verdict.cpus = 4;
    EXPECT_EQ(advice(verdict),
              "mm/vm.c:34 (event 38, store pa=0x4000 value=0x6067 on cpu 0) must be followed by invlpg "
              "0x1000 on cpus 0 and 2 before event 41 (mm/vm.c:52)");
}

TEST(Advice, NamesAFewPagesAndCountsMany)
{
    const auto pages = [](unsigned count) {
        std::vector<Finding> findings;
        for (unsigned page = 0; page < count; ++page)
            findings.push_back(used_at(41 + page, 0x40'0000 + std::uint64_t{page} * 0x1000));
        return advice(broken(findings));
    };
    EXPECT_TRUE(says(pages(3), " invlpg 0x400000, 0x401000 and 0x402000 before event 41 ")) << pages(3);
    EXPECT_TRUE(says(pages(17), " invlpg 0x400000, 0x401000, 0x402000 and 14 more (or one flush of everything there: "
                                "invpcid type 2, or a change of CR4.PGE) before event 41 "))
        << pages(17);
}

TEST(Advice, SaysThatALineIsAtFaultAgainAndAgain)
{
    Finding later = curable(61, 58, 0x1000);
    later.event.src = "mm/vm.c:52";
    TraceVerdict verdict = broken({used_at(41, 0x1000), later});
    cite(verdict, 58, "mm/vm.c:34");
    EXPECT_EQ(advice(verdict),
              "mm/vm.c:34 (event 38, store pa=0x4000 value=0x6067) must be followed by invlpg 0x1000 before event 41 "
              "(mm/vm.c:52); one more invalidation is missing the same way at other times, the last before event 61");
}

TEST(Advice, MentionsWhatIsExactlyEqual)
{
    const auto remedied = [](const std::function<void(Remedy&)>& change) {
        Finding finding = used_at(41, 0x1000);
        change(finding.remedy);
        return advice(broken({finding}));
    };
    EXPECT_TRUE(says(remedied([](Remedy& remedy) {
                         remedy.instruction = Remedy::Instruction::invpcid;
                         remedy.type = x86::InvpcidType::single_context;
                         remedy.pcid = 3;
                     }),
                     " invpcid type 1 pcid 0x3 (or mov_cr3 that loads pcid 0x3 with bit 63 clear) before "));
    EXPECT_TRUE(says(remedied([](Remedy& remedy) {
                         remedy.instruction = Remedy::Instruction::invpcid;
                         remedy.type = x86::InvpcidType::all_with_global;
                     }),
                     " invpcid type 2 (or a change of CR4.PGE) before "));
    EXPECT_TRUE(says(remedied([](Remedy& remedy) {
                         remedy.instruction = Remedy::Instruction::mov_cr3;
                         remedy.value = 0x2003;
                     }),
                     " mov_cr3 0x2003 before "));
    EXPECT_TRUE(says(remedied([](Remedy& remedy) {
                         remedy.instruction = Remedy::Instruction::invpcid;
                         remedy.pcid = 3;
                     }),
                     " invpcid type 0 pcid 0x3 va 0x1000 before "))
        << "which leaves what is global, so that INVLPG is not the same";
}

TEST(Advice, TellsWhereItMayStandIfAnyPlaceBeforeWillDo)
{
    Finding finding = used_at(41, 0x1000);
    finding.remedy.after.reset();
    EXPECT_EQ(advice(broken({finding})),
              "mm/vm.c:34 (event 38, store pa=0x4000 value=0x6067) needs invlpg 0x1000 beside "
              "it, at any place before event 41 (mm/vm.c:52)");
    EXPECT_EQ(advice(with({finding})),
              "mm/vm.c:52 (event 41, read) must be preceded by invlpg 0x1000, at any place before");
}

TEST(Advice, IsHonestWhereNoSingleInstructionCures)
{
    const std::string root = advice(with({release_at(9, Verdict::released_in_use, {{Holder::Role::root, 0, {}}}, 1)}));
    EXPECT_EQ(root,
              "free.c:9 (event 9, release pa=0x5000 bytes=0x1000): cpu 1 still has it loaded as root: load another "
              "root there first, or free it later");
    const std::string two = advice(with({release_at(9, Verdict::released_in_use, {{Holder::Role::root, 0, {}}}, 0),
                                         release_at(9, Verdict::released_in_use, {{Holder::Role::table, 0, {}}}, 1),
                                         release_at(9, Verdict::released_in_use, {{Holder::Role::root, 0, {}}}, 2)}));
    EXPECT_TRUE(says(
        two, ": cpus 0 and 2 still have it loaded as root: load another root there first, or free it later; "
             "the tables of cpu 1 still lead to it: clear the entry that leads there and invalidate, or load another "
             "root there, before it is freed"))
        << two;
    for (const Verdict kind : {Verdict::stale_translation, Verdict::lost_dirty, Verdict::released_while_reachable,
                               Verdict::released_while_parked, Verdict::pcid_recycled}) {
        Finding finding = finding_at(9, 3, 0x1000);
        finding.verdict = kind;
        const std::string text = advice(with({finding}));
        EXPECT_GT(text.size(), 60U) << name_of(kind);
        EXPECT_TRUE(text.starts_with("event 9 (line 11, read): ")) << text;
    }
}

TEST(Advice, SaysWhatIsLeftOfAGroupThatIsCuredInPart)
{
    const std::string text = advice(broken({used_at(41, 0x1000), finding_at(45, 38, 0x2000)}));
    EXPECT_TRUE(says(text, "; for 1 of the 2 findings: no single instruction before it is enough")) << text;
}

TEST(Advice, OfARecycledPcidIsToFlushIt)
{
    Finding finding;
    finding.event = {12, EventKind::mov_cr3, 0, "mov_cr3 value=0x8000000000002003", "sched.c:9", ""};
    finding.verdict = Verdict::pcid_recycled;
    finding.remedy.instruction = Remedy::Instruction::invpcid;
    finding.remedy.type = x86::InvpcidType::single_context;
    finding.remedy.pcid = 3;
    finding.remedy.after = 7;
    EXPECT_EQ(advice(with({finding})), "sched.c:9 (event 12, mov_cr3 value=0x8000000000002003): clear bit 63 of this "
                                       "value, or execute invpcid type 1 pcid 0x3 before it and after event 7");
}

TEST(Advice, OfOneFindingIsAboutThatAlone)
{
    const TraceVerdict verdict = broken({used_at(41, 0x1000), used_at(43, 0x2000)});
    EXPECT_EQ(advice_of(verdict, verdict.violations.kept.at(1)),
              "mm/vm.c:34 (event 38, store pa=0x4000 value=0x6067) must be followed by invlpg 0x2000 before event 43 "
              "(mm/vm.c:52)");
}

TEST(Advice, StaysOneLineWhateverTheSourceIsCalled)
{
    TraceVerdict verdict = with({used_at(41, 0x1000)});
    cite(verdict, 38, "a\nb.c:3");
    EXPECT_FALSE(says(advice(verdict), "\n"));
}

} // namespace
} // namespace drywalk::judge::test
