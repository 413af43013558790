// SPDX-License-Identifier: MIT
// The hierarchy of arrays: which level serves, what a second-level hit copies, who shares what.
#include "models/mmu/tlb.hpp"

#include "models/machine/profile.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using x86::LinearAddress;
using x86::PageSize;
using Source = Tlb::Source;
using x86::AccessKind;
constexpr AccessKind read = AccessKind::read;
constexpr AccessKind fetch = AccessKind::fetch;

LinearAddress page(std::uint64_t number) { return LinearAddress::truncate(number * x86::small_page_bytes); }

TlbEntry entry(LinearAddress address, PageSize size = PageSize::size_4k, bool global = false)
{
    TlbEntry result;
    result.translation.size = size;
    result.translation.global = global;
    result.held_base = address.page(size);
    result.held_size = size;
    return result;
}

machine::TlbArrayProfile array(std::uint32_t ways, bool small_pages = true, bool large_pages = true)
{
    return {1, ways, {small_pages, large_pages, large_pages}, machine::Replacement::lru, machine::SetIndex::linear};
}

/// Two entries a side at the first level, eight at the second.
machine::Profile two_levels(bool unified)
{
    machine::Profile profile;
    profile.l1_data = {array(2)};
    profile.l1_fetch = {array(2)};
    profile.l2_data = {array(8)};
    profile.l2_fetch = {array(8)};
    profile.l2_unified = unified;
    return profile;
}

Source source(Tlb& tlb, std::uint64_t number, AccessKind kind = read) { return tlb.find(page(number), kind, 0).source; }

TEST(Tlb, AFillIsServedByTheFirstLevelFromThenOn)
{
    Tlb tlb{two_levels(true)};
    EXPECT_EQ(source(tlb, 1), Source::none);
    EXPECT_EQ(tlb.find(page(1), read, 0).entry, nullptr);
    tlb.insert(entry(page(1)), read);
    EXPECT_EQ(source(tlb, 1), Source::l1);
    EXPECT_EQ(tlb.population(), 2U); // one in each level
}

TEST(Tlb, WhatTheFirstLevelEvictedComesBackFromTheSecond)
{
    Tlb tlb{two_levels(true)};
    for (const std::uint64_t number : {1U, 2U, 3U})
        tlb.insert(entry(page(number)), read);
    EXPECT_EQ(source(tlb, 1), Source::l2);
    EXPECT_EQ(source(tlb, 1), Source::l1); // copied; 2 was the least recent and went
    EXPECT_EQ(source(tlb, 3), Source::l1);
    EXPECT_EQ(source(tlb, 2), Source::l2);
}

TEST(Tlb, AUnifiedSecondLevelServesFetchesOfWhatDataFilled)
{
    Tlb tlb{two_levels(true)};
    tlb.insert(entry(page(1)), read);
    EXPECT_EQ(source(tlb, 1, fetch), Source::l2);
    EXPECT_EQ(source(tlb, 1, fetch), Source::l1);
}

TEST(Tlb, ASplitSecondLevelKeepsFetchesAndDataApart)
{
    Tlb tlb{two_levels(false)};
    tlb.insert(entry(page(1)), read);
    tlb.insert(entry(page(2)), fetch);
    EXPECT_EQ(source(tlb, 1, fetch), Source::none);
    EXPECT_EQ(source(tlb, 2, read), Source::none);
    EXPECT_EQ(source(tlb, 2, fetch), Source::l1);
}

TEST(Tlb, WithoutASecondLevelAnEvictedEntryIsGone)
{
    machine::Profile profile = two_levels(true);
    profile.l2_data.clear();
    profile.l2_fetch.clear();
    Tlb tlb{profile};
    for (const std::uint64_t number : {1U, 2U, 3U})
        tlb.insert(entry(page(number)), read);
    EXPECT_EQ(source(tlb, 1), Source::none);
    EXPECT_EQ(source(tlb, 3), Source::l1);
}

TEST(Tlb, ALevelWithoutAnArrayForTheSizeDoesNotKeepIt)
{
    machine::Profile profile = two_levels(true);
    profile.l2_data = {array(8, true, false)};
    Tlb tlb{profile};
    tlb.insert(entry(page(512), PageSize::size_2m), read);
    EXPECT_EQ(tlb.population(), 1U);
    EXPECT_EQ(source(tlb, 513), Source::l1);
    tlb.insert(entry(page(1)), read);
    tlb.insert(entry(page(2)), read); // evicts the large page from the first level
    EXPECT_EQ(source(tlb, 513), Source::none);
}

TEST(Tlb, ArraysOfALevelStandSideBySide)
{
    machine::Profile profile = two_levels(true);
    profile.l1_data = {array(1, true, false), array(1, false, true)};
    profile.l2_data.clear();
    Tlb tlb{profile};
    tlb.insert(entry(page(1)), read);
    tlb.insert(entry(page(512), PageSize::size_2m), read);
    EXPECT_EQ(source(tlb, 1), Source::l1);
    EXPECT_EQ(source(tlb, 700), Source::l1); // in the large page
}

TEST(Tlb, ARemovalReachesEveryLevelAndSide)
{
    for (const bool unified : {true, false}) {
        Tlb tlb{two_levels(unified)};
        for (const AccessKind kind : {read, fetch})
            tlb.insert(entry(page(1)), kind);
        tlb.remove({x86::Reach::page, x86::Reach::nothing, page(1), 0});
        EXPECT_EQ(tlb.population(), 0U);
    }
}

TEST(Tlb, DropTakesBothLevelsOfOneSide)
{
    Tlb tlb{two_levels(false)};
    for (const AccessKind kind : {read, fetch})
        tlb.insert(entry(page(1)), kind);
    tlb.drop(page(1), read);
    EXPECT_EQ(source(tlb, 1, read), Source::none);
    EXPECT_EQ(source(tlb, 1, fetch), Source::l1);
}

TEST(Tlb, ClearEmptiesEverything)
{
    Tlb tlb{two_levels(false)};
    for (const AccessKind kind : {read, fetch})
        tlb.insert(entry(page(1), PageSize::size_4k, true), kind);
    EXPECT_EQ(tlb.population(), 4U);
    tlb.clear();
    EXPECT_EQ(tlb.population(), 0U);
}

TEST(TlbStore, StoresHaveEntriesOfTheirOwnAndShareTheSecondLevel)
{
    machine::Profile profile = two_levels(true);
    profile.l1_store = {array(1)};
    Tlb tlb{profile};
    tlb.insert(entry(page(1)), read);
    EXPECT_EQ(source(tlb, 1, AccessKind::write), Source::l2);
    EXPECT_EQ(source(tlb, 1, AccessKind::write), Source::l1);
    EXPECT_EQ(source(tlb, 1, read), Source::l1);
    tlb.remove({x86::Reach::page, x86::Reach::nothing, page(1), 0});
    EXPECT_EQ(tlb.population(), 0U);
    tlb.insert(entry(page(1)), read);
    tlb.insert(entry(page(1)), AccessKind::write);
    tlb.drop(page(1), AccessKind::write); // loads and stores are one side
    EXPECT_EQ(tlb.population(), 0U);
}

TEST(TlbRelations, VictimsOfTheFirstLevelGoToAnExclusiveSecond)
{
    machine::Profile profile = two_levels(true);
    profile.relations = {.walk_fills_l2 = false, .l2_hit_leaves_l2 = true, .l1_victims_go_to_l2 = true};
    Tlb tlb{profile};
    for (const std::uint64_t number : {1U, 2U})
        tlb.insert(entry(page(number)), read);
    EXPECT_EQ(tlb.population(), 2U); // nothing in the second level
    tlb.insert(entry(page(3)), read);
    EXPECT_EQ(tlb.population(), 3U);       // 1 went there
    EXPECT_EQ(source(tlb, 1), Source::l2); // and comes back, for 2
    EXPECT_EQ(tlb.population(), 3U);
    EXPECT_EQ(source(tlb, 1), Source::l1);
    EXPECT_EQ(source(tlb, 2), Source::l2);
}

TEST(TlbRelations, WhatAnInclusiveSecondLevelEvictsLeavesTheFirst)
{
    for (const bool inclusive : {true, false}) {
        machine::Profile profile = two_levels(true);
        profile.l1_data = {array(8)};
        profile.l2_data = {array(2)};
        profile.relations.l2_inclusive = inclusive;
        Tlb tlb{profile};
        for (const std::uint64_t number : {1U, 2U, 3U})
            tlb.insert(entry(page(number)), read);
        EXPECT_EQ(source(tlb, 1), inclusive ? Source::none : Source::l1);
        EXPECT_EQ(source(tlb, 2), Source::l1);
    }
}

TEST(TlbRelations, ASecondLevelHitNeedNotFillTheFirst)
{
    machine::Profile profile = two_levels(true);
    profile.relations.l2_hit_fills_l1 = false;
    Tlb tlb{profile};
    tlb.insert(entry(page(1)), read);
    EXPECT_EQ(source(tlb, 1, fetch), Source::l2);
    EXPECT_EQ(source(tlb, 1, fetch), Source::l2);
}

/// By default the second level does not see first-level hits: page 1 is its oldest, however often it was used.
TEST(TlbRelations, AFirstLevelHitCountsInTheSecondOnlyIfItIsSaidTo)
{
    for (const bool touches : {true, false}) {
        machine::Profile profile = two_levels(true);
        profile.l1_data = {array(8)};
        profile.l2_data = {array(2)};
        profile.relations.l1_hit_touches_l2 = touches;
        Tlb tlb{profile};
        tlb.insert(entry(page(1)), read);
        tlb.insert(entry(page(2)), read);
        EXPECT_EQ(source(tlb, 1), Source::l1);
        tlb.insert(entry(page(3)), read); // evicts from the second level
        EXPECT_EQ(source(tlb, 1, fetch), touches ? Source::l2 : Source::none);
    }
}

/// Whatever was asked last for a page, an entry that the search would find first is found.
TEST(TlbLevel, RemembersWherePagesAreWithoutChangingTheAnswer)
{
    TlbLevel level{{array(4, false, true), array(4, true, false)}, 1};
    level.insert(entry(page(512)));
    EXPECT_EQ(level.find_again(page(512), 0)->held_size, PageSize::size_4k);
    EXPECT_EQ(level.find_again(page(512), 0)->held_size, PageSize::size_4k);
    level.insert(entry(page(512), PageSize::size_2m)); // in the array that is searched first
    EXPECT_EQ(level.find_again(page(512), 0)->held_size, PageSize::size_2m);
    level.remove({x86::Reach::page, x86::Reach::nothing, page(512), 0});
    EXPECT_EQ(level.find_again(page(512), 0), nullptr);
}

} // namespace
} // namespace drywalk::mmu
