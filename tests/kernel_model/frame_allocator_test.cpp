// SPDX-License-Identifier: MIT
// Frames: aligned, zeroed, never handed out twice, and refused when there are none.
#include "kernel_model/core/frame_allocator.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

#include <set>

namespace drywalk::kernel {
namespace {

using x86::PageSize;
using x86::PhysicalAddress;

constexpr std::uint64_t mib = 1 << 20;

class FrameAllocatorTest : public testing::Test {
protected:
    test::FakeMachine machine{16 * mib};
    hal::MachineInUse in_use{machine};
};

TEST_F(FrameAllocatorTest, HandsOutEverySmallFrameOnceThenRefuses)
{
    FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{8 * mib}};
    std::set<PhysicalAddress> seen;
    for (std::uint64_t count = 0; count < 4 * mib / 4096; ++count) {
        const auto frame = frames.allocate();
        ASSERT_TRUE(frame.ok());
        EXPECT_TRUE(frame.value().aligned(PageSize::size_4k));
        EXPECT_GE(frame.value(), PhysicalAddress{4 * mib});
        EXPECT_LT(frame.value(), PhysicalAddress{8 * mib});
        EXPECT_TRUE(seen.insert(frame.value()).second);
    }
    EXPECT_EQ(frames.allocate().refusal(), Refusal::out_of_memory);
    EXPECT_EQ(frames.free_bytes(), 0U);
    EXPECT_EQ(frames.used_bytes(), 4 * mib);
}

TEST_F(FrameAllocatorTest, EveryFrameComesZeroedToItsLastWord)
{
    for (std::uint64_t at = 4 * mib; at < 12 * mib; at += 8)
        machine.memory.write(PhysicalAddress{at}, ~std::uint64_t{0});
    FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{12 * mib}};
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m}) {
        const PhysicalAddress frame = frames.allocate(size).value();
        for (std::uint64_t offset = 0; offset < page_bytes(size); offset += 8)
            ASSERT_EQ(machine.memory.read(frame + offset), 0U) << offset;
    }
}

TEST_F(FrameAllocatorTest, LargeFramesComeAlignedFromTheTop)
{
    FrameAllocator frames{PhysicalAddress{4 * mib + 0x1000}, PhysicalAddress{12 * mib}};
    EXPECT_EQ(frames.allocate(PageSize::size_2m).value(), PhysicalAddress{10 * mib});
    EXPECT_EQ(frames.allocate().value(), PhysicalAddress{4 * mib + 0x1000});
    EXPECT_EQ(frames.allocate(PageSize::size_2m).value(), PhysicalAddress{8 * mib});
    EXPECT_EQ(frames.used_bytes(), 4 * mib + 0x1000);
}

TEST_F(FrameAllocatorTest, LargeAndSmallFramesNeverOverlap)
{
    FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{8 * mib}};
    ASSERT_TRUE(frames.allocate(PageSize::size_2m).ok()); // 6 to 8 MiB
    for (std::uint64_t count = 0; count < 2 * mib / 4096; ++count)
        ASSERT_LT(frames.allocate().value(), PhysicalAddress{6 * mib});
    EXPECT_FALSE(frames.allocate().ok());
    EXPECT_FALSE(frames.allocate(PageSize::size_2m).ok());
}

TEST_F(FrameAllocatorTest, ARefusalTakesNothing)
{
    FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{6 * mib}};
    ASSERT_TRUE(frames.allocate().ok());
    const std::uint64_t free = frames.free_bytes();
    EXPECT_EQ(frames.allocate(PageSize::size_2m).refusal(), Refusal::out_of_memory);
    EXPECT_EQ(frames.free_bytes(), free);
    EXPECT_TRUE(frames.allocate().ok());
}

TEST_F(FrameAllocatorTest, RoundsAnUnalignedPoolInwards)
{
    const FrameAllocator frames{PhysicalAddress{4 * mib + 1}, PhysicalAddress{8 * mib + 0x3fff}};
    EXPECT_EQ(frames.free_bytes(), 4 * mib + 0x2000);
}

TEST_F(FrameAllocatorTest, HandsOutAgainWhatCameBackTheLastFirstAndZeroed)
{
    FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{8 * mib}};
    const PhysicalAddress first = frames.allocate().value();
    const PhysicalAddress second = frames.allocate().value();
    machine.memory.write(second + 4088, 7);
    frames.release(first);
    frames.release(second);
    EXPECT_EQ(frames.used_bytes(), 0U);
    EXPECT_EQ(frames.free_bytes(), 4 * mib);
    EXPECT_EQ(frames.allocate().value(), second);
    EXPECT_EQ(machine.memory.read(second), 0U);
    EXPECT_EQ(machine.memory.read(second + 4088), 0U);
    EXPECT_EQ(frames.allocate_unfilled().value(), first);
    EXPECT_EQ(frames.allocate().value(), PhysicalAddress{4 * mib + 2 * 4096});
}

} // namespace
} // namespace drywalk::kernel
