// SPDX-License-Identifier: MIT
// The paging-structure caches: where a walk may start, how many regions they keep, what a removal takes.
#include "models/mmu/paging_structure_cache.hpp"

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

TEST(PagingStructureCaches, AreEmptyAtFirstAndAfterClear)
{
    PagingStructureCaches caches{{4, 4, 4}};
    EXPECT_FALSE(caches.find(linear(0), 0));
    caches.insert(linear(0), Level::pde, 0, at(Level::pte, 0x1000));
    EXPECT_TRUE(caches.find(linear(0), 0));
    caches.clear();
    EXPECT_FALSE(caches.find(linear(0), 0));
}

TEST(PagingStructureCaches, GiveTheLowestPosition)
{
    PagingStructureCaches caches{{4, 4, 4}};
    caches.insert(linear(0), Level::pml4e, 0, at(Level::pdpte, 0x1000));
    caches.insert(linear(0), Level::pdpte, 0, at(Level::pde, 0x2000));
    caches.insert(linear(0), Level::pde, 0, at(Level::pte, 0x3000));
    EXPECT_EQ(caches.find(linear(2 * mib - 1), 0), at(Level::pte, 0x3000));
    EXPECT_EQ(caches.find(linear(2 * mib), 0), at(Level::pde, 0x2000));
    EXPECT_EQ(caches.find(linear(gib), 0), at(Level::pdpte, 0x1000));
    EXPECT_FALSE(caches.find(linear(512 * gib), 0));
}

TEST(PagingStructureCaches, KeepTheRightsOfTheLevelsAbove)
{
    PagingStructureCaches caches{{1, 1, 1}};
    const WalkPosition read_only = at(Level::pte, 0x3000, {.writable = false, .user = true, .executable = false});
    caches.insert(linear(0), Level::pde, 0, read_only);
    EXPECT_EQ(caches.find(linear(0), 0), read_only);
}

TEST(PagingStructureCaches, EvictTheLeastRecentRegionOfALevel)
{
    PagingStructureCaches caches{{0, 0, 2}};
    const auto insert = [&](std::uint64_t region) {
        caches.insert(linear(region * 2 * mib), Level::pde, 0, at(Level::pte, region << 12));
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
    caches.insert(linear(0), Level::pde, 0, at(Level::pte, 0x1000));
    caches.insert(linear(2 * mib), Level::pde, 0, at(Level::pte, 0x2000));
    caches.insert(linear(0), Level::pde, 0, at(Level::pte, 0x9000));
    EXPECT_EQ(caches.find(linear(0), 0), at(Level::pte, 0x9000));
    EXPECT_TRUE(caches.find(linear(2 * mib), 0));
}

TEST(PagingStructureCaches, ALevelThatTheMachineLacksKeepsNothing)
{
    PagingStructureCaches caches{{1, 0, 0}};
    caches.insert(linear(0), Level::pde, 0, at(Level::pte, 0x3000));
    caches.insert(linear(0), Level::pdpte, 0, at(Level::pde, 0x2000));
    EXPECT_FALSE(caches.find(linear(0), 0));
    caches.insert(linear(0), Level::pml4e, 0, at(Level::pdpte, 0x1000));
    EXPECT_EQ(caches.find(linear(0), 0), at(Level::pdpte, 0x1000));
}

TEST(PagingStructureCaches, OnePcidDoesNotServeAnother)
{
    PagingStructureCaches caches{{0, 0, 4}};
    caches.insert(linear(0), Level::pde, 1, at(Level::pte, 0x1000));
    caches.insert(linear(0), Level::pde, 2, at(Level::pte, 0x2000));
    EXPECT_FALSE(caches.find(linear(0), 0));
    EXPECT_EQ(caches.find(linear(0), 1), at(Level::pte, 0x1000));
    EXPECT_EQ(caches.find(linear(0), 2), at(Level::pte, 0x2000));
}

TEST(PagingStructureCaches, ARemovalOfAPageTakesWhatCoversItAndNoMore)
{
    PagingStructureCaches caches{{4, 4, 4}};
    caches.insert(linear(0), Level::pdpte, 0, at(Level::pde, 0x2000));
    caches.insert(linear(0), Level::pde, 0, at(Level::pte, 0x3000));
    caches.insert(linear(2 * mib), Level::pde, 0, at(Level::pte, 0x4000));
    caches.remove({Reach::page, Reach::page, linear(0x5000), 0});
    EXPECT_FALSE(caches.find(linear(0), 0));
    EXPECT_EQ(caches.find(linear(2 * mib), 0), at(Level::pte, 0x4000));
}

TEST(PagingStructureCaches, ARemovalOfAPcidTakesAllOfItAndNoOther)
{
    PagingStructureCaches caches{{4, 4, 4}};
    caches.insert(linear(0), Level::pde, 1, at(Level::pte, 0x3000));
    caches.insert(linear(gib), Level::pdpte, 1, at(Level::pde, 0x4000));
    caches.insert(linear(0), Level::pde, 2, at(Level::pte, 0x5000));
    caches.remove({Reach::page, Reach::current_pcid, linear(0x5000), 1}); // INVLPG as Intel describes it
    EXPECT_FALSE(caches.find(linear(0), 1));
    EXPECT_FALSE(caches.find(linear(gib), 1));
    EXPECT_TRUE(caches.find(linear(0), 2));
    caches.remove(x86::remove_everything);
    EXPECT_FALSE(caches.find(linear(0), 2));
}

} // namespace
} // namespace drywalk::mmu
