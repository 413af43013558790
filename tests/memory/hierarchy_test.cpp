// SPDX-License-Identifier: MIT
// The data caches in a row: who serves an access, for how many cycles, and who keeps the line.
#include "models/memory/hierarchy.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>

namespace drywalk::memory {

static void PrintTo(const Service& service, std::ostream* out)
{
    *out << "level " << static_cast<unsigned>(service.served_by) << " in " << service.cycles;
}
static bool operator==(const Service& left, const Service& right)
{
    return left.served_by == right.served_by && left.cycles == right.cycles;
}

namespace {

/// Direct-mapped L1D of one line, L2 of two, L3 of four, so that line 0 can be pushed down step by step.
constexpr machine::HierarchyProfile small{{1, 1, 4}, {2, 1, 14}, {4, 1, 40}, 200};

constexpr Service from_l1d{machine::ServedBy::l1d, 4};
constexpr Service from_l2{machine::ServedBy::l2, 14};
constexpr Service from_l3{machine::ServedBy::l3, 40};
constexpr Service from_dram{machine::ServedBy::dram, 200};

Service access_line(Hierarchy& caches, std::uint64_t number)
{
    return caches.access(x86::PhysicalAddress{number * machine::line_bytes});
}

TEST(Hierarchy, FillsEveryLevelThatMissed)
{
    Hierarchy caches{small};
    EXPECT_EQ(access_line(caches, 0), from_dram);
    EXPECT_EQ(access_line(caches, 0), from_l1d);
    EXPECT_EQ(access_line(caches, 1), from_dram); // line 0 leaves L1D
    EXPECT_EQ(access_line(caches, 0), from_l2);
    EXPECT_EQ(access_line(caches, 0), from_l1d);
    EXPECT_EQ(access_line(caches, 2), from_dram); // 2 = 0 modulo 2: line 0 leaves L2 as well
    EXPECT_EQ(access_line(caches, 0), from_l3);
    EXPECT_EQ(access_line(caches, 2), from_l3);   // line 0 came back to L2 and took the place of line 2
    EXPECT_EQ(access_line(caches, 4), from_dram); // 4 = 0 modulo 4: line 0 leaves L3 too
    EXPECT_EQ(access_line(caches, 0), from_dram);
}

TEST(Hierarchy, SkipsALevelThatTheMachineLacks)
{
    machine::HierarchyProfile without_l3 = small;
    without_l3.l3 = {};
    Hierarchy caches{without_l3};
    EXPECT_EQ(access_line(caches, 0), from_dram);
    EXPECT_EQ(access_line(caches, 2), from_dram);
    EXPECT_EQ(access_line(caches, 0), from_dram); // the L2 lost it and there is nothing below
    EXPECT_EQ(access_line(caches, 1), from_dram);
    EXPECT_EQ(access_line(caches, 0), from_l2);
}

TEST(Hierarchy, WithoutCachesEverythingComesFromDram)
{
    Hierarchy caches{{{}, {}, {}, 77}};
    for (int repeat = 0; repeat < 3; ++repeat)
        EXPECT_EQ(access_line(caches, 5), (Service{machine::ServedBy::dram, 77}));
}

} // namespace
} // namespace drywalk::memory
