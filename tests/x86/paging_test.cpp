// SPDX-License-Identifier: MIT
// The geometry of 4-level and 5-level paging against the figures of [intel/vol3] 4.5.
#include "models/x86/paging.hpp"

#include <gtest/gtest.h>

#include <array>

namespace drywalk::x86 {
namespace {

constexpr std::array levels{Level::pte, Level::pde, Level::pdpte, Level::pml4e, Level::pml5e};
constexpr std::array sizes{PageSize::size_4k, PageSize::size_2m, PageSize::size_1g};

static_assert(below(Level::pml4e) == Level::pdpte);
static_assert(leaf_level(PageSize::size_1g) == Level::pdpte);

TEST(Paging, EachLevelIsSelectedByNineBitsOfTheLinearAddress)
{
    constexpr std::array<unsigned, level_count> lowest_bits{12, 21, 30, 39, 48};
    for (const Level level : levels) {
        EXPECT_EQ(index_shift(level), lowest_bits[level_position(level)]);
    }
    EXPECT_EQ(entries_per_table * entry_bytes, 4096U);
}

TEST(Paging, BelowLeadsFromTheRootToThePageTable)
{
    EXPECT_EQ(below(Level::pml5e), Level::pml4e);
    EXPECT_EQ(root_level, Level::pml4e);
    EXPECT_EQ(four_level_count, 4U);
    EXPECT_EQ(below(Level::pml4e), Level::pdpte);
    EXPECT_EQ(below(Level::pdpte), Level::pde);
    EXPECT_EQ(below(Level::pde), Level::pte);
}

TEST(Paging, PositionsCountFromThePageTable)
{
    for (unsigned position = 0; position < level_count; ++position) {
        EXPECT_EQ(level_position(levels[position]), position);
    }
}

TEST(Paging, PageSizesBelongToTheLevelsOfTheManual)
{
    constexpr std::array<std::uint64_t, page_size_count> bytes{4096, 2'097'152, 1'073'741'824};
    for (unsigned index = 0; index < page_size_count; ++index) {
        EXPECT_EQ(leaf_level(sizes[index]), levels[index]);
        EXPECT_EQ(leaf_size(levels[index]), sizes[index]);
        EXPECT_EQ(page_bytes(sizes[index]), bytes[index]);
        EXPECT_EQ(std::uint64_t{1} << page_shift(sizes[index]), bytes[index]);
        EXPECT_EQ(offset_mask(sizes[index]), bytes[index] - 1);
    }
    EXPECT_EQ(small_page_bytes, 4096U);
}

} // namespace
} // namespace drywalk::x86
