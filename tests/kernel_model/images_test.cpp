// SPDX-License-Identifier: MIT
// Templates: what their leaves permit, whether they are global, and that every 4 KiB carries its own mark.
#include "kernel_model/core/images.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

#include <set>

namespace drywalk::kernel {
namespace {

using test::mapped;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

constexpr std::uint64_t mib = 1 << 20;

class ImagesTest : public testing::Test {
protected:
    /// The template as a space of its own that borrows it.
    PhysicalAddress borrow_alone(const Template& pages)
    {
        const Subtree space{frames.allocate().value(), x86::root_level};
        EXPECT_EQ(newly_mapped(borrow(space, pages.base, pages.directory, frames), Omission::not_reachable),
                  Refusal::none);
        return space.table;
    }

    test::FakeMachine machine{32 * mib};
    hal::MachineInUse in_use{machine};
    FrameAllocator frames{layout::frame_pool, PhysicalAddress{32 * mib}};
};

TEST_F(ImagesTest, CodeIsExecutableDataIsNotAndBothBelongToTheUser)
{
    for (const bool global : {false, true}) {
        for (const std::uint32_t writable : {0U, 1U}) {
            const ImageRecord record{2, 3, static_cast<std::uint32_t>(PageSize::size_4k), writable};
            const auto built = build_template(4, record, {.base = layout::default_template, .global = global}, frames);
            ASSERT_TRUE(built.ok());
            const PhysicalAddress root = borrow_alone(built.value());
            for (std::uint32_t leaf = 0; leaf < 5; ++leaf) {
                const auto translation = mapped(machine, root, built.value().leaf(leaf));
                ASSERT_TRUE(translation);
                const bool code = leaf < 2;
                EXPECT_EQ(translation->rights, (x86::Rights{!code && writable == 1, true, code}));
                EXPECT_EQ(translation->global, global);
            }
            EXPECT_FALSE(mapped(machine, root, built.value().leaf(5)));
        }
    }
}

class MarksTest : public ImagesTest, public testing::WithParamInterface<LinePlacement> {};

TEST_P(MarksTest, EveryFourKibibytesOfALargeLeafHaveTheirOwn)
{
    const ImageRecord record{1, 1, static_cast<std::uint32_t>(PageSize::size_2m), 0};
    const LinePlacement lines = GetParam();
    const auto built =
        build_template(7, record, {.base = layout::default_template, .global = true, .lines = lines}, frames);
    ASSERT_TRUE(built.ok());
    const PhysicalAddress root = borrow_alone(built.value());
    for (std::uint32_t page = 0; page < 1024; ++page) {
        const LinearAddress at = built.value().base + page * x86::small_page_bytes;
        const auto translation = mapped(machine, root, at);
        ASSERT_TRUE(translation);
        EXPECT_EQ(translation->size, PageSize::size_2m);
        const PhysicalAddress physical =
            translation->physical(at) + line_offset(lines, at.value() / x86::small_page_bytes);
        const std::uint32_t mark = template_mark(7, page);
        ASSERT_EQ(machine.memory.read(physical + template_data_offset), mark);
        ASSERT_EQ(machine.memory.read(physical), page < 512 ? template_code(mark) : 0);
    }
}

TEST_F(ImagesTest, RefusesWhenTheTemplateDoesNotFit)
{
    const ImageRecord record{15, 0, static_cast<std::uint32_t>(PageSize::size_2m), 0};
    EXPECT_EQ(build_template(0, record, {.base = layout::default_template}, frames).refusal(), Refusal::out_of_memory);
}

TEST_F(ImagesTest, ScatteredFramesAreThoseOfARunEachOnce)
{
    const ImageRecord record{100, 0, static_cast<std::uint32_t>(PageSize::size_4k), 0};
    const auto built =
        build_template(0, record, {.base = layout::default_template, .frames = FramePlacement::scattered}, frames);
    ASSERT_TRUE(built.ok());
    const PhysicalAddress root = borrow_alone(built.value());
    std::set<std::uint64_t> pages;
    bool ascending = true;
    for (std::uint32_t leaf = 0; leaf < 100; ++leaf) {
        const std::uint64_t page = mapped(machine, root, built.value().leaf(leaf))->page.value() / 4096;
        ascending = ascending && (pages.empty() || page > *pages.rbegin());
        pages.insert(page);
    }
    EXPECT_EQ(pages.size(), 100U);
    EXPECT_EQ(*pages.rbegin() - *pages.begin(), 99U);
    EXPECT_FALSE(ascending);
}

INSTANTIATE_TEST_SUITE_P(Lines, MarksTest, testing::Values(LinePlacement::first, LinePlacement::spread));

} // namespace
} // namespace drywalk::kernel
