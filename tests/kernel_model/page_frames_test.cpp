// SPDX-License-Identifier: MIT
// Frames in order and scattered: each once, and at equal distances of pages spread over the colours of a cache.
#include "kernel_model/core/page_frames.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

#include <set>

namespace drywalk::kernel {
namespace {

using x86::PhysicalAddress;

constexpr std::uint64_t mib = 1 << 20;

TEST(PageFrames, ScatteringIsAPermutation)
{
    for (const std::uint32_t count : {1U, 2U, 3U, 7U, 8U, 31U, 100U, 512U, 513U, 4096U, 262'144U}) {
        std::set<std::uint32_t> places;
        for (std::uint32_t index = 0; index < count; ++index) {
            const std::uint32_t place = scattered(index, count);
            ASSERT_LT(place, count);
            places.insert(place);
        }
        EXPECT_EQ(places.size(), count);
    }
}

/// 32 colours: the sets of an L2 of 2 MiB with 16 ways, a page apart. In order every eighth page has one of four.
TEST(PageFrames, PagesAtEqualDistancesTakeAllColours)
{
    for (const std::uint32_t stride : {2U, 4U, 8U, 16U}) {
        std::set<std::uint32_t> colours;
        for (std::uint32_t page = 0; page < 2048; page += stride)
            colours.insert(scattered(page, 2048) % 32);
        EXPECT_EQ(colours.size(), 32U) << stride;
    }
}

TEST(PageFrames, GivesEveryPageAZeroedFrameOfItsOwn)
{
    for (const FramePlacement placement : {FramePlacement::in_order, FramePlacement::scattered}) {
        test::FakeMachine machine{8 * mib};
        const hal::MachineInUse in_use{machine};
        for (std::uint64_t at = 4 * mib; at < 5 * mib; at += 8)
            machine.memory.write(PhysicalAddress{at}, 1);
        FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{8 * mib}};
        PageFrames page_frames{placement, 100, frames};
        std::set<std::uint64_t> seen;
        for (std::uint32_t page = 0; page < 100; ++page) {
            const Result<PhysicalAddress> frame = page_frames.frame_of(page);
            ASSERT_TRUE(frame.ok());
            seen.insert(frame.value().value());
            EXPECT_EQ(machine.memory.read(frame.value() + 4088), 0U);
        }
        EXPECT_EQ(seen.size(), 100U);
        EXPECT_EQ(*seen.begin(), 4 * mib);
        EXPECT_EQ(*seen.rbegin(), 4 * mib + 99 * 4096);
        EXPECT_EQ(frames.used_bytes(), 100U * 4096);
    }
}

TEST(PageFrames, RefusesWhereTheRunDoesNotFit)
{
    test::FakeMachine machine{8 * mib};
    const hal::MachineInUse in_use{machine};
    FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{4 * mib + 99 * 4096}};
    PageFrames page_frames{FramePlacement::scattered, 100, frames};
    EXPECT_EQ(page_frames.frame_of(0).refusal(), Refusal::out_of_memory);
    EXPECT_EQ(frames.used_bytes(), 0U);
}

} // namespace
} // namespace drywalk::kernel
