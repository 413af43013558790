// SPDX-License-Identifier: MIT
// The paging-structure caches: where a walk may start, how many regions they keep, what a removal takes.
#include "models/mmu/paging_structure_cache.hpp"

#include "models/machine/profile.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::Reach;
using x86::WalkPosition;

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t gib = 1 << 30;

LinearAddress linear(std::uint64_t value) { return LinearAddress::truncate(value); }

WalkPosition at(Level level, std::uint64_t table, x86::Rights rights = {})
{
    return {level, PhysicalAddress{table}, rights};
}

StructureEntry structure(LinearAddress address, Level level, std::uint16_t pcid, const WalkPosition& next)
{
    return {.address = address, .level = level, .pcid = pcid, .next = next, .frame = next.table, .agrees_with = {}};
}

TEST(PagingStructureCaches, AreEmptyAtFirstAndAfterClear)
{
    PagingStructureCaches caches{{4, 4, 4}};
    EXPECT_FALSE(caches.find(linear(0), 0));
    caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x1000)));
    EXPECT_TRUE(caches.find(linear(0), 0));
    caches.clear();
    EXPECT_FALSE(caches.find(linear(0), 0));
}

TEST(PagingStructureCaches, GiveTheLowestPosition)
{
    PagingStructureCaches caches{{4, 4, 4}};
    caches.insert(structure(linear(0), Level::pml4e, 0, at(Level::pdpte, 0x1000)));
    caches.insert(structure(linear(0), Level::pdpte, 0, at(Level::pde, 0x2000)));
    caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x3000)));
    EXPECT_EQ(caches.find(linear(2 * mib - 1), 0), at(Level::pte, 0x3000));
    EXPECT_EQ(caches.find(linear(2 * mib), 0), at(Level::pde, 0x2000));
    EXPECT_EQ(caches.find(linear(gib), 0), at(Level::pdpte, 0x1000));
    EXPECT_FALSE(caches.find(linear(512 * gib), 0));
}

TEST(PagingStructureCaches, KeepTheRightsOfTheLevelsAbove)
{
    PagingStructureCaches caches{{1, 1, 1}};
    const WalkPosition read_only = at(Level::pte, 0x3000, {.writable = false, .user = true, .executable = false});
    caches.insert(structure(linear(0), Level::pde, 0, read_only));
    EXPECT_EQ(caches.find(linear(0), 0), read_only);
}

TEST(PagingStructureCaches, EvictTheLeastRecentRegionOfALevel)
{
    PagingStructureCaches caches{{0, 0, 2}};
    const auto insert = [&](std::uint64_t region) {
        caches.insert(structure(linear(region * 2 * mib), Level::pde, 0, at(Level::pte, region << 12)));
    };
    insert(1);
    insert(2);
    EXPECT_TRUE(caches.find(linear(2 * mib), 0)); // 1 is the most recent now
    insert(3);
    EXPECT_TRUE(caches.find(linear(2 * mib), 0));
    EXPECT_FALSE(caches.find(linear(4 * mib), 0));
    EXPECT_TRUE(caches.find(linear(6 * mib), 0));
}

TEST(PagingStructureCaches, ASecondInsertionOfARegionReplacesTheFirst)
{
    PagingStructureCaches caches{{0, 0, 2}};
    caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x1000)));
    caches.insert(structure(linear(2 * mib), Level::pde, 0, at(Level::pte, 0x2000)));
    caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x9000)));
    EXPECT_EQ(caches.find(linear(0), 0), at(Level::pte, 0x9000));
    EXPECT_TRUE(caches.find(linear(2 * mib), 0));
}

TEST(PagingStructureCaches, ALevelThatTheMachineLacksKeepsNothing)
{
    PagingStructureCaches caches{{1, 0, 0}};
    caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x3000)));
    caches.insert(structure(linear(0), Level::pdpte, 0, at(Level::pde, 0x2000)));
    EXPECT_FALSE(caches.find(linear(0), 0));
    caches.insert(structure(linear(0), Level::pml4e, 0, at(Level::pdpte, 0x1000)));
    EXPECT_EQ(caches.find(linear(0), 0), at(Level::pdpte, 0x1000));
}

TEST(PagingStructureCaches, OnePcidDoesNotServeAnother)
{
    PagingStructureCaches caches{{0, 0, 4}};
    caches.insert(structure(linear(0), Level::pde, 1, at(Level::pte, 0x1000)));
    caches.insert(structure(linear(0), Level::pde, 2, at(Level::pte, 0x2000)));
    EXPECT_FALSE(caches.find(linear(0), 0));
    EXPECT_EQ(caches.find(linear(0), 1), at(Level::pte, 0x1000));
    EXPECT_EQ(caches.find(linear(0), 2), at(Level::pte, 0x2000));
}

TEST(PagingStructureCaches, ARemovalOfAPageTakesWhatCoversItAndNoMore)
{
    PagingStructureCaches caches{{4, 4, 4}};
    caches.insert(structure(linear(0), Level::pdpte, 0, at(Level::pde, 0x2000)));
    caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x3000)));
    caches.insert(structure(linear(2 * mib), Level::pde, 0, at(Level::pte, 0x4000)));
    caches.remove({Reach::page, Reach::page, linear(0x5000), 0});
    EXPECT_FALSE(caches.find(linear(0), 0));
    EXPECT_EQ(caches.find(linear(2 * mib), 0), at(Level::pte, 0x4000));
}

TEST(PagingStructureCaches, ARemovalOfAPcidTakesAllOfItAndNoOther)
{
    PagingStructureCaches caches{{4, 4, 4}};
    caches.insert(structure(linear(0), Level::pde, 1, at(Level::pte, 0x3000)));
    caches.insert(structure(linear(gib), Level::pdpte, 1, at(Level::pde, 0x4000)));
    caches.insert(structure(linear(0), Level::pde, 2, at(Level::pte, 0x5000)));
    caches.remove({Reach::page, Reach::current_pcid, linear(0x5000), 1}); // INVLPG as Intel describes it
    EXPECT_FALSE(caches.find(linear(0), 1));
    EXPECT_FALSE(caches.find(linear(gib), 1));
    EXPECT_TRUE(caches.find(linear(0), 2));
    caches.remove(x86::remove_everything);
    EXPECT_FALSE(caches.find(linear(0), 2));
}

/// Zen: PDEs are ways of the second-level data TLB, the upper levels have an array of their own.
struct SharedArrays {
    explicit SharedArrays(std::uint32_t ways, bool hit_is_use = true)
        : tlb{profile(ways, hit_is_use)}, caches{upper(), 1, &tlb}
    {
    }

    static machine::Profile profile(std::uint32_t ways, bool hit_is_use)
    {
        machine::Profile result;
        machine::TlbArrayProfile& shared = result.l2_data.emplace_back();
        shared.structure_hit_is_use = hit_is_use;
        shared.ways = ways;
        shared.holds = {true, true, true};
        shared.holds_structures[0] = true;
        return result;
    }
    static machine::PagingStructureCacheProfile upper()
    {
        machine::PagingStructureCacheProfile result;
        machine::TlbArrayProfile& array = result.arrays.emplace_back();
        array.ways = 2;
        array.holds_structures = {false, true, true};
        return result;
    }
    void insert_page(std::uint64_t number)
    {
        TlbEntry entry;
        entry.held_base = linear(number * 0x1000);
        tlb.insert(entry, x86::AccessKind::read);
    }
    [[nodiscard]] bool has_page(std::uint64_t number)
    {
        return tlb.find(linear(number * 0x1000), x86::AccessKind::read, 0).entry != nullptr;
    }

    Tlb tlb;
    PagingStructureCaches caches;
};

TEST(PagingStructureCaches, PdesInTheTlbCompeteWithPages)
{
    SharedArrays shared{2};
    shared.caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x3000)));
    shared.insert_page(1);
    EXPECT_EQ(shared.caches.find(linear(0x1000), 0), at(Level::pte, 0x3000));
    shared.insert_page(2); // page 1 was the least recent
    EXPECT_FALSE(shared.has_page(1));
    EXPECT_TRUE(shared.has_page(2));
    shared.insert_page(3); // now the PDE is
    EXPECT_FALSE(shared.caches.find(linear(0), 0));
    EXPECT_TRUE(shared.has_page(2));
    EXPECT_TRUE(shared.has_page(3));
}

TEST(PagingStructureCaches, APdeWhoseHitIsNoUseLeavesInItsTurn)
{
    SharedArrays shared{2, false};
    shared.caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x3000)));
    shared.insert_page(1);
    EXPECT_EQ(shared.caches.find(linear(0x1000), 0), at(Level::pte, 0x3000));
    shared.insert_page(2);
    EXPECT_FALSE(shared.caches.find(linear(0), 0));
    EXPECT_TRUE(shared.has_page(1));
}

/// [intel/vol3] 4.10.4.1: what an INVLPG removes of the structures, and of the pages, wherever they lie.
TEST(PagingStructureCaches, RemovalsReachPdesInTheTlbAndLeaveItsPagesToTheTlb)
{
    SharedArrays shared{8};
    shared.insert_page(1);
    shared.caches.insert(structure(linear(0), Level::pde, 0, at(Level::pte, 0x3000)));
    shared.caches.insert(structure(linear(gib), Level::pde, 0, at(Level::pte, 0x4000)));
    shared.caches.insert(structure(linear(gib), Level::pdpte, 0, at(Level::pde, 0x5000)));
    shared.caches.remove({Reach::page, Reach::page, linear(0x1000), 0});
    EXPECT_FALSE(shared.caches.find(linear(0x1000), 0));
    EXPECT_EQ(shared.caches.find(linear(gib), 0), at(Level::pte, 0x4000));
    EXPECT_TRUE(shared.has_page(1));
    shared.tlb.remove({Reach::page, Reach::page, linear(0x1000), 0});
    EXPECT_FALSE(shared.has_page(1));
    EXPECT_TRUE(shared.caches.find(linear(gib), 0));
    shared.caches.remove({Reach::page, Reach::current_pcid, linear(0x1000), 0});
    EXPECT_FALSE(shared.caches.find(linear(gib), 0));
    EXPECT_EQ(shared.tlb.population(), 0U);
}

TEST(PagingStructureCaches, UpperLevelsMayShareAnArray)
{
    SharedArrays shared{8};
    shared.caches.insert(structure(linear(0), Level::pml4e, 0, at(Level::pdpte, 0x1000)));
    shared.caches.insert(structure(linear(0), Level::pdpte, 0, at(Level::pde, 0x2000)));
    shared.caches.insert(structure(linear(gib), Level::pdpte, 0, at(Level::pde, 0x3000))); // the PML4E makes room
    EXPECT_EQ(shared.caches.find(linear(0), 0), at(Level::pde, 0x2000));
    EXPECT_FALSE(shared.caches.find(linear(4 * gib), 0));
}

} // namespace
} // namespace drywalk::mmu
