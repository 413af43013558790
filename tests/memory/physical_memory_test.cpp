// SPDX-License-Identifier: MIT
// Physical memory: what is there before anyone wrote, and what must not be asked for.
#include "models/memory/physical_memory.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace drywalk::memory {
namespace {

using x86::PhysicalAddress;

constexpr std::uint64_t four_pages = 4 * x86::small_page_bytes;

TEST(PhysicalMemory, ReadsZeroWhereNothingWasWritten)
{
    const PhysicalMemory memory{four_pages};
    EXPECT_EQ(memory.size(), four_pages);
    for (std::uint64_t at = 0; at < four_pages; at += 8)
        EXPECT_EQ(memory.read(PhysicalAddress{at}), 0U);
}

TEST(PhysicalMemory, KeepsEachWordApart)
{
    PhysicalMemory memory{four_pages};
    for (std::uint64_t at = 0; at < four_pages; at += 8)
        memory.write(PhysicalAddress{at}, ~at);
    for (std::uint64_t at = 0; at < four_pages; at += 8)
        EXPECT_EQ(memory.read(PhysicalAddress{at}), ~at);
}

TEST(PhysicalMemory, ZeroesOnePageAndNoOther)
{
    PhysicalMemory memory{four_pages};
    for (std::uint64_t at = 0; at < four_pages; at += 8)
        memory.write(PhysicalAddress{at}, 1);
    memory.zero_page(PhysicalAddress{0x2000});
    for (std::uint64_t at = 0; at < four_pages; at += 8)
        EXPECT_EQ(memory.read(PhysicalAddress{at}), at / 0x1000 == 2 ? 0U : 1U) << at;
}

TEST(PhysicalMemory, AZeroedPageCanBeWrittenAgain)
{
    PhysicalMemory memory{four_pages};
    memory.zero_page(PhysicalAddress{0x1000});
    memory.write(PhysicalAddress{0x1008}, 7);
    EXPECT_EQ(memory.read(PhysicalAddress{0x1008}), 7U);
    EXPECT_EQ(memory.read(PhysicalAddress{0x1000}), 0U);
}

/// 64 GiB that are touched at both ends must not take 64 GiB of the host.
TEST(PhysicalMemory, IsSparse)
{
    constexpr std::uint64_t bytes = std::uint64_t{1} << 36;
    PhysicalMemory memory{bytes};
    memory.write(PhysicalAddress{0}, 1);
    memory.write(PhysicalAddress{bytes - 8}, 2);
    EXPECT_EQ(memory.read(PhysicalAddress{0}), 1U);
    EXPECT_EQ(memory.read(PhysicalAddress{bytes / 2}), 0U);
    EXPECT_EQ(memory.read(PhysicalAddress{bytes - 8}), 2U);
}

TEST(PhysicalMemory, RefusesWhatLiesBeyondItsEnd)
{
    PhysicalMemory memory{four_pages};
    EXPECT_NO_THROW(memory.write(PhysicalAddress{four_pages - 8}, 1));
    EXPECT_THROW(memory.write(PhysicalAddress{four_pages}, 1), std::out_of_range);
    EXPECT_THROW((void)memory.read(PhysicalAddress{four_pages}), std::out_of_range);
    EXPECT_THROW((void)memory.read(PhysicalAddress{~std::uint64_t{7}}), std::out_of_range);
    EXPECT_THROW(memory.zero_page(PhysicalAddress{four_pages}), std::out_of_range);
}

TEST(PhysicalMemory, RefusesEveryMisalignment)
{
    PhysicalMemory memory{four_pages};
    for (std::uint64_t offset = 1; offset < 8; ++offset) {
        EXPECT_THROW((void)memory.read(PhysicalAddress{0x1000 + offset}), std::out_of_range) << offset;
        EXPECT_THROW(memory.write(PhysicalAddress{0x1000 + offset}, 1), std::out_of_range) << offset;
    }
}

} // namespace
} // namespace drywalk::memory
