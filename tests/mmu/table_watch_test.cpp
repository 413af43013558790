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
    const TablesState before = watch.state();
    watch.store(PhysicalAddress{0x6008});
    EXPECT_EQ(watch.state(), before);
    watch.store(PhysicalAddress{0x5ff8});
    EXPECT_NE(watch.state(), before);
}

/// Nothing that was found in the earlier state is relied upon any more.
TEST(TableWatch, WhatWasReadInAnEarlierStateCountsNoMore)
{
    TableWatch watch{memory_bytes};
    watch.read(PhysicalAddress{0x5000});
    watch.change();
    const TablesState before = watch.state();
    watch.store(PhysicalAddress{0x5000});
    EXPECT_EQ(watch.state(), before);
}

TEST(TableWatch, AStateOfOneRootComesBackWithTheRoot)
{
    TableWatch watch{memory_bytes};
    watch.load_root(PhysicalAddress{0x1000});
    const TablesState first = watch.state();
    watch.load_root(PhysicalAddress{0x2000});
    EXPECT_NE(watch.state(), first);
    watch.load_root(PhysicalAddress{0x1000});
    EXPECT_EQ(watch.state(), first);
}

TEST(TableWatch, WithoutPrecisionEveryStoreCounts)
{
    TableWatch watch{memory_bytes, false};
    const TablesState before = watch.state();
    watch.store(PhysicalAddress{0x6000});
    EXPECT_NE(watch.state(), before);
}

TEST(TableWatch, AddressesOutsideOfMemoryAreNoConcern)
{
    TableWatch watch{memory_bytes};
    const TablesState before = watch.state();
    watch.read(PhysicalAddress{memory_bytes + 8});
    watch.store(PhysicalAddress{memory_bytes + 8});
    EXPECT_EQ(watch.state(), before);
}

} // namespace
} // namespace drywalk::mmu
