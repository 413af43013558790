// SPDX-License-Identifier: MIT
// The program block: where its arrays lie, and what the bytes of a template page say.
#include "kernel_model/program/workload.hpp"

#include "tests/support/program_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace drywalk::kernel {
namespace {

TEST(Program, ArraysFollowOneAnotherWithoutGaps)
{
    ProgramHeader header;
    header.image_count = 2;
    header.instance_count = 3;
    header.body_count = 5;
    header.item_count = 7;
    header.operation_count = 11;
    header.cap_count = 13;
    header.mapping_count = 17;
    header.slot_count = 19;
    const ProgramOffsets at = program_offsets(header);
    EXPECT_EQ(at.images, 152U);
    EXPECT_EQ(at.instances, 152U + 2 * 32);
    EXPECT_EQ(at.bodies, 216U + 3 * 8);
    EXPECT_EQ(at.items, 240U + 5 * 8);
    EXPECT_EQ(at.operations, 280U + 7 * 16);
    EXPECT_EQ(at.caps, 392U + 11 * 8);
    EXPECT_EQ(at.mappings, 480U + 13 * 16);
    EXPECT_EQ(at.slots, 688U + 17 * 16);
    EXPECT_EQ(at.end, 960U + 19 * 24);
}

TEST(Program, TheLargestCountsDoNotWrap)
{
    ProgramHeader header;
    header.item_count = ~std::uint32_t{0};
    header.operation_count = ~std::uint32_t{0};
    EXPECT_EQ(program_offsets(header).end, 152 + std::uint64_t{0xffff'ffff} * 24);
}

TEST(Program, TheMagicSpellsTheName)
{
    char text[8];
    std::memcpy(text, &ProgramHeader::expected_magic, sizeof text);
    EXPECT_EQ(std::string(text, sizeof text), "drywalk1");
}

TEST(Marks, NameImageAndPageAndAreDistinct)
{
    for (const std::uint32_t image : {0U, 1U, 63U}) {
        for (const std::uint32_t page : {0U, 1U, 511U, 0xf'ffffU}) {
            const std::uint32_t mark = template_mark(image, page);
            EXPECT_EQ(mark_image(mark), image);
            EXPECT_EQ(mark_page(mark), page);
            EXPECT_NE(mark, 0U); // never what an untouched page reads as
        }
    }
}

/// B8 imm32 is MOV EAX, imm32; C3 is RET; CC is INT3. [intel/vol2]
TEST(Marks, TheCodeOfAPageLoadsItsMarkAndReturns)
{
    const std::uint64_t code = template_code(0x1234'5678);
    unsigned char bytes[8];
    std::memcpy(bytes, &code, sizeof bytes);
    constexpr unsigned char expected[8] = {0xb8, 0x78, 0x56, 0x34, 0x12, 0xc3, 0xcc, 0xcc};
    EXPECT_EQ(std::memcmp(bytes, expected, sizeof bytes), 0);
}

TEST(ProgramBuilder, LaysRecordsOutWhereTheOffsetsSay)
{
    drywalk::test::ProgramBuilder builder;
    builder.image({.code_pages = 3});
    builder.instance({.image = 0, .working_set_pages = 9});
    builder.body({{.address = 0x1000, .value = 5, .action = UserAction::store}});
    builder.operation(OperationKind::halt, 42);
    const std::vector<std::byte> bytes = builder.bytes();
    ASSERT_EQ(bytes.size(), builder.header.program_bytes);
    const ProgramOffsets at = program_offsets(builder.header);
    UserItem item;
    std::memcpy(&item, bytes.data() + at.items, sizeof item);
    EXPECT_EQ(item.address, 0x1000U);
    EXPECT_EQ(item.value, 5U);
    OperationRecord operation;
    std::memcpy(&operation, bytes.data() + at.operations, sizeof operation);
    EXPECT_EQ(operation.kind, OperationKind::halt);
    EXPECT_EQ(operation.operand, 42U);
}

TEST(Workload, AnExchangeSurvivesItsOperand)
{
    for (const Exchange& exchange : {Exchange{0, 0, 0}, Exchange{255, 4095, 0}, Exchange{7, 1, 4095}}) {
        const Exchange back = exchange_of(exchange_operand(exchange));
        EXPECT_EQ(back.instance, exchange.instance);
        EXPECT_EQ(back.first, exchange.first);
        EXPECT_EQ(back.second, exchange.second);
    }
}

/// 480 pages at one offset fill one set in each of 32 colours 15 times; spread, no set of 64 lines more than a few.
TEST(Workload, SpreadLinesUseAllOfAPage)
{
    std::array<unsigned, 64> touches{};
    for (std::uint64_t page = 0x80'c040'9; page < 0x80'c040'9 + 480; ++page) {
        const std::uint64_t offset = line_offset(LinePlacement::spread, page);
        ASSERT_EQ(offset % 64, 0U);
        ASSERT_LT(offset, 4096U);
        ++touches[offset / 64];
        EXPECT_EQ(line_offset(LinePlacement::first, page), 0U);
    }
    EXPECT_GE(*std::ranges::min_element(touches), 1U);
    EXPECT_LE(*std::ranges::max_element(touches), 20U); // 7.5 on average
}

} // namespace
} // namespace drywalk::kernel
