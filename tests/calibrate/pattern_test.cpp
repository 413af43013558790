// SPDX-License-Identifier: MIT
// Where the elements of a chase lie.
#include "sim/calibrate/pattern.hpp"

#include <gtest/gtest.h>

#include <set>

namespace drywalk::calibrate {
namespace {

TEST(Pattern, SlotsLieWhereTheirSpacingPutsThem)
{
    Pattern pattern;
    pattern.elements = 100;
    pattern.spacing = 512;
    EXPECT_EQ(pattern.offset(0), 0U);
    EXPECT_EQ(pattern.offset(3), 1536U);
    EXPECT_EQ(pattern.span(), 51'200U);
}

TEST(Pattern, VariedLinesUseEveryLineOfAPage)
{
    Pattern pattern;
    pattern.elements = 64;
    pattern.spacing = 4096;
    pattern.lines = Lines::varied;
    std::set<std::uint64_t> lines;
    for (std::uint64_t element = 0; element < 64; ++element) {
        EXPECT_EQ(pattern.offset(element) / 4096, element);
        EXPECT_EQ(pattern.offset(element) % 64, 0U);
        lines.insert(pattern.offset(element) % 4096);
    }
    EXPECT_EQ(lines.size(), 64U);
}

TEST(Pattern, LinesInLargePagesLieAnywhereInThem)
{
    constexpr std::uint64_t large = 2 << 20;
    Pattern pattern;
    pattern.elements = 256;
    pattern.spacing = large;
    pattern.lines = Lines::varied_in_large_page;
    pattern.page_size = x86::PageSize::size_2m;
    std::set<std::uint64_t> small_pages;
    for (std::uint64_t element = 0; element < 256; ++element) {
        EXPECT_EQ(pattern.offset(element) / large, element);
        small_pages.insert(pattern.offset(element) % large / 4096);
    }
    EXPECT_GT(small_pages.size(), 150U) << "some 200 of 512 are to be expected";
}

/// 512 pages side by side fill one page table; at 1 GiB distance each has a page table and a page directory.
TEST(Pattern, KnowsHowManyTablesItTakes)
{
    Pattern pattern;
    pattern.elements = 512;
    pattern.spacing = 4096;
    EXPECT_LE(pattern.most_tables(), 10U);
    pattern.spacing = 1 << 30;
    EXPECT_GE(pattern.most_tables(), 2U * 512U + 2U);
}

} // namespace
} // namespace drywalk::calibrate
