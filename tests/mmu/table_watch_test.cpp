// SPDX-License-Identifier: MIT
// The watch: which stores begin a new state of the tables.
#include "models/mmu/table_watch.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using x86::PhysicalAddress;

constexpr std::uint64_t memory_bytes = 1 << 20;

TEST(TableWatch, OnlyAStoreToAPageThatWasReadBeginsANewState)
{
    TableWatch watch{memory_bytes};
    watch.read(PhysicalAddress{0x5008});
    const std::uint64_t before = watch.version();
    watch.store(PhysicalAddress{0x6008});
    EXPECT_EQ(watch.version(), before);
    watch.store(PhysicalAddress{0x5ff8});
    EXPECT_NE(watch.version(), before);
}

/// Nothing that was found in the earlier state is relied upon any more.
TEST(TableWatch, WhatWasReadInAnEarlierStateCountsNoMore)
{
    TableWatch watch{memory_bytes};
    watch.read(PhysicalAddress{0x5000});
    watch.change();
    const std::uint64_t before = watch.version();
    watch.store(PhysicalAddress{0x5000});
    EXPECT_EQ(watch.version(), before);
}

TEST(WatchedTables, AStateOfOneRootComesBackWithTheRoot)
{
    TableWatch watch{memory_bytes};
    WatchedTables tables{watch};
    tables.load_root(PhysicalAddress{0x1000});
    const TablesState first = tables.state();
    tables.load_root(PhysicalAddress{0x2000});
    EXPECT_NE(tables.state(), first);
    tables.load_root(PhysicalAddress{0x1000});
    EXPECT_EQ(tables.state(), first);
}

/// What another processor relied upon is an old state from then on.
TEST(WatchedTables, AStoreBeginsANewStateForAllThatShareTheMemory)
{
    TableWatch watch{memory_bytes};
    WatchedTables one{watch};
    WatchedTables other{watch};
    one.load_root(PhysicalAddress{0x1000});
    other.load_root(PhysicalAddress{0x2000});
    const TablesState before = other.state();
    other.watch().read(PhysicalAddress{0x5000});
    EXPECT_EQ(other.state(), before);
    one.watch().store(PhysicalAddress{0x5008});
    EXPECT_NE(other.state(), before);
    EXPECT_NE(one.state(), other.state()) << "each has its own root";
}

TEST(TableWatch, WithoutPrecisionEveryStoreCounts)
{
    TableWatch watch{memory_bytes, false};
    const std::uint64_t before = watch.version();
    watch.store(PhysicalAddress{0x6000});
    EXPECT_NE(watch.version(), before);
}

TEST(TableWatch, AddressesOutsideOfMemoryAreNoConcern)
{
    TableWatch watch{memory_bytes};
    const std::uint64_t before = watch.version();
    watch.read(PhysicalAddress{memory_bytes + 8});
    watch.store(PhysicalAddress{memory_bytes + 8});
    EXPECT_EQ(watch.version(), before);
}

} // namespace
} // namespace drywalk::mmu
