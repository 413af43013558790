// SPDX-License-Identifier: MIT
// Which findings are told together, and where they are to be fixed.
#include "sim/judge/causes.hpp"

#include "tests/judge/verdicts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk::judge::test {
namespace {

TEST(Groups, AreFindingsThatOneEventBroke)
{
    const TraceVerdict verdict =
        with({finding_at(5, 3, 0x1000), finding_at(6, 4, 0x1000), finding_at(7, 3, 0x1008), finding_at(8, 3, 0x2000)});
    const std::vector<Group> groups = groups_of(verdict);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].first().event.index, 5U);
    EXPECT_EQ(groups[0].last().event.index, 8U);
    EXPECT_EQ(groups[0].findings.size(), 3U);
    EXPECT_EQ(groups[0].pages, 2U);
    EXPECT_EQ(groups[0].incurable, 3U);
    EXPECT_EQ(groups[1].findings.size(), 1U);
}

TEST(Groups, AreFindingsThatOneSourceLineBroke)
{
    TraceVerdict verdict = with({finding_at(5, 3, 0x1000), finding_at(6, 4, 0x1000), finding_at(7, 2, 0x1000)});
    cite(verdict, 3, "mm.c:7");
    cite(verdict, 4, "mm.c:7");
    cite(verdict, 2, "mm.c:8");
    EXPECT_EQ(groups_of(verdict).size(), 2U);
}

TEST(Groups, DifferByKindButNotByProcessor)
{
    Finding other_kind = finding_at(5, 3, 0);
    other_kind.verdict = oracle::Verdict::stale_permission;
    const TraceVerdict verdict = with({finding_at(5, 3, 0), other_kind, curable(6, 3, 0, 1)});
    const std::vector<Group> groups = groups_of(verdict);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].cpus, (std::vector<unsigned>{0, 1}));
}

TEST(Groups, PutViolationsBeforeWarnings)
{
    TraceVerdict verdict = with({finding_at(9, 3, 0)});
    Finding warning = finding_at(5, 3, 0);
    warning.verdict = oracle::Verdict::lost_accessed;
    verdict.warnings.kept.push_back(warning);
    verdict.warnings.total = 1;
    const std::vector<Group> groups = groups_of(verdict);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_TRUE(groups[0].is_violation);
    EXPECT_FALSE(groups[1].is_violation);
}

TEST(Groups, KeepAcceptedFindingsApart)
{
    const TraceVerdict verdict = with({finding_at(5, 3, 0), finding_at(6, 3, 0), finding_at(7, 3, 0)});
    const std::vector<std::string> reasons{"", "known to be harmless"};
    const std::vector<Group> groups = groups_of(verdict, reasons);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].disposition, Disposition::fresh);
    EXPECT_EQ(groups[0].findings.size(), 2U);
    EXPECT_EQ(groups[1].disposition, Disposition::accepted);
    EXPECT_EQ(groups[1].reason, "known to be harmless");
}

TEST(PlaceToFix, IsTheLineAfterWhichTheInvalidationIsMissing)
{
    Finding finding = curable(9, 3, 0x1000);
    finding.remedy.after = 5;
    finding.event.src = "use.c:1";
    TraceVerdict verdict = with({finding});
    cite(verdict, 3, "break.c:3");
    cite(verdict, 5, "after.c:5");
    EXPECT_EQ(shown(place_to_fix(verdict, finding)), "after.c:5");
    verdict.cited[5].src.clear();
    EXPECT_EQ(shown(place_to_fix(verdict, finding)), "break.c:3");
    verdict.cited.clear();
    EXPECT_EQ(shown(place_to_fix(verdict, finding)), "use.c:1");
    finding.event.src.clear();
    EXPECT_EQ(shown(place_to_fix(verdict, finding)), "t.jsonl:7") << "event 5";
    verdict.lines = false;
    EXPECT_EQ(shown(place_to_fix(verdict, finding)), "t.jsonl");
}

TEST(PlaceToFix, IsTheReleaseOfMemoryInUse)
{
    Finding finding = release_at(9, oracle::Verdict::released_in_use, {{oracle::Holder::Role::root, 0, {}}});
    TraceVerdict verdict = with({finding});
    cite(verdict, 0, "boot.c:1");
    EXPECT_EQ(shown(place_to_fix(verdict, finding)), "free.c:9");
}

TEST(Fingerprints, SurviveOtherEventNumbers)
{
    const auto fingerprint = [](std::uint64_t shift, const std::string& use) {
        Finding finding = curable(9 + shift, 3 + shift, 0x1000 * shift);
        finding.event.src = use;
        TraceVerdict verdict = with({finding});
        cite(verdict, 3 + shift, "mm.c:7");
        return groups_of(verdict).at(0).fingerprint;
    };
    EXPECT_EQ(fingerprint(0, "use.c:1"), fingerprint(100, "use.c:1"));
    EXPECT_NE(fingerprint(0, "use.c:1"), fingerprint(0, "use.c:2"));
}

TEST(Fingerprints, AreDifferentForEachGroup)
{
    const TraceVerdict verdict = with({finding_at(5, 3, 0), finding_at(6, 4, 0), finding_at(7, 1, 0)});
    const std::vector<Group> groups = groups_of(verdict);
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_NE(groups[0].fingerprint, groups[1].fingerprint);
    EXPECT_NE(groups[1].fingerprint, groups[2].fingerprint);
}

TEST(RedundantGroups, AreOneSourceLine)
{
    TraceVerdict verdict = with({});
    for (const std::string src : {"a.c:1", "", "a.c:1", "", "b.c:1"})
        verdict.redundant_invalidations.kept.push_back({{0, EventKind::invlpg, 0, "invlpg", src, ""}, 10});
    const std::vector<RedundantGroup> groups = redundant_groups_of(verdict);
    ASSERT_EQ(groups.size(), 4U);
    EXPECT_EQ(groups[0].count, 2U);
    EXPECT_EQ(groups[0].cycles, 20U);
    EXPECT_EQ(groups[1].count, 1U);
}

// What cures a group
// ------------------------------------------------------------------------------------------------

std::vector<Missing> missing(const std::vector<Finding>& findings)
{
    std::vector<const Finding*> pointers;
    for (const Finding& finding : findings)
        pointers.push_back(&finding);
    return missing_of(pointers);
}

TEST(Missing, IsOneInstructionForManyUsesOfOnePage)
{
    const std::vector<Missing> one = missing({curable(9, 3, 0x1008), curable(7, 3, 0x1000), curable(8, 5, 0x1ff8)});
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].remedy.after, 5U) << "the last of the changes";
    EXPECT_EQ(one[0].before, 7U) << "the first of the uses";
    EXPECT_EQ(one[0].cures, 3U);
    EXPECT_EQ(page_of(one[0].remedy), 0x1000U);
}

TEST(Missing, IsOneInstructionForEachTimeOfALoop)
{
    const std::vector<Missing> two = missing({curable(5, 3, 0x1000), curable(9, 7, 0x1000)});
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(count_at_one_place(two), 1U);
}

TEST(Missing, DiffersByPageProcessorAndOperand)
{
    EXPECT_EQ(missing({curable(5, 3, 0x1000), curable(5, 3, 0x2000), curable(5, 3, 0x1000, 1)}).size(), 3U);
    Finding first = curable(5, 3, 0x1000);
    first.remedy.instruction = oracle::Remedy::Instruction::invpcid;
    first.remedy.type = x86::InvpcidType::single_context;
    Finding second = first;
    second.remedy.linear = x86::LinearAddress::truncate(0x7000);
    EXPECT_EQ(missing({first, second}).size(), 1U) << "type 1 reads no address";
    second.remedy.pcid = 2;
    EXPECT_EQ(missing({first, second}).size(), 2U);
}

TEST(Missing, TakesAPlaceFromTheStartOn)
{
    Finding early = curable(5, 3, 0x1000);
    early.remedy.after.reset();
    const std::vector<Missing> one = missing({early, curable(9, 3, 0x1000)});
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].remedy.after, 3U);
    EXPECT_EQ(one[0].before, 5U);
    EXPECT_FALSE(missing({early}).at(0).remedy.after);
}

TEST(Missing, LeavesOutWhatNoSingleInstructionCures) { EXPECT_TRUE(missing({finding_at(5, 3, 0)}).empty()); }

TEST(SourcePlaces, AreCutAtTheLastColon)
{
    EXPECT_EQ(place_of_source("mm/map.c:12"), (SourcePlace{"mm/map.c", 12}));
    EXPECT_EQ(place_of_source("C:/map.c:12"), (SourcePlace{"C:/map.c", 12}));
    EXPECT_EQ(place_of_source("map.c"), (SourcePlace{"map.c", 0}));
    EXPECT_EQ(place_of_source("map.c:0"), (SourcePlace{"map.c:0", 0}));
    EXPECT_EQ(place_of_source("map.c:"), (SourcePlace{"map.c:", 0}));
    EXPECT_EQ(place_of_source("map.c:99999999999999999999"), (SourcePlace{"map.c:99999999999999999999", 0}));
    EXPECT_EQ(place_of_source(""), (SourcePlace{"", 0}));
}

TEST(Texts, AreShortenedBetweenCharacters)
{
    EXPECT_EQ(shortened("short"), "short");
    EXPECT_EQ(shortened(std::string(256, 'x')).size(), 256U);
    EXPECT_EQ(shortened(std::string(300, 'x')), std::string(253, 'x') + "...");
    std::string umlauts = "x";
    for (int count = 0; count < 200; ++count)
        umlauts += "\xc3\xa4";
    EXPECT_EQ(shortened(umlauts), umlauts.substr(0, 253) + "...");
    EXPECT_EQ(shortened("x" + umlauts), ("x" + umlauts).substr(0, 252) + "...") << "not in the middle of a character";
    const std::string source = shortened_source(std::string(1000, 'd') + "/map.c:12");
    EXPECT_EQ(source.size(), longest_source);
    EXPECT_TRUE(source.starts_with("...d"));
    EXPECT_TRUE(source.ends_with("/map.c:12"));
}

} // namespace
} // namespace drywalk::judge::test
