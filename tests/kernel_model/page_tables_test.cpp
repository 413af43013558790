// SPDX-License-Identifier: MIT
// Mapping and borrowing, read back by a walk as the processor does it.
#include "kernel_model/core/page_tables.hpp"

#include "tests/kernel_model/fake_machine.hpp"

#include <gtest/gtest.h>

namespace drywalk::kernel {
namespace {

using test::mapped;
using x86::Entry;
using x86::LeafAttributes;
using x86::Level;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

constexpr std::uint64_t mib = 1 << 20;

LinearAddress linear(std::uint64_t value) { return LinearAddress::truncate(value); }

class PageTablesTest : public testing::Test {
protected:
    void map_now(Subtree subtree, const Mapping& mapping)
    {
        ASSERT_EQ(newly_mapped(map(subtree, mapping, frames), Omission::not_reachable), Refusal::none);
    }
    Subtree new_space() { return {frames.allocate().value(), x86::root_level}; }

    test::FakeMachine machine{16 * mib};
    hal::MachineInUse in_use{machine};
    FrameAllocator frames{PhysicalAddress{4 * mib}, PhysicalAddress{8 * mib}};
    Subtree space = new_space();
};

/// All combinations of rights, G, A and D, for each size, in both halves.
TEST_F(PageTablesTest, AWalkFindsWhatWasMapped)
{
    std::uint64_t region = 0;
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
        for (unsigned bits = 0; bits < 64; ++bits, ++region) {
            const LeafAttributes attributes{.rights = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0},
                                            .global = (bits & 8) != 0,
                                            .accessed = (bits & 16) != 0,
                                            .dirty = (bits & 32) != 0};
            const std::uint64_t half = region % 2 == 0 ? 0 : 0xffff'8000'0000'0000;
            const LinearAddress at = linear(half + (region + 1) * page_bytes(PageSize::size_1g));
            const PhysicalAddress page{(region + 1) * page_bytes(size)};
            map_now(space, {at, page, size, attributes});
            const auto translation = mapped(machine, space.table, at + (page_bytes(size) - 8));
            ASSERT_TRUE(translation);
            x86::Translation expected{page, size, attributes.rights, attributes.global, attributes.dirty, 0};
            expected.shadow_stack = !attributes.rights.writable && attributes.dirty;
            EXPECT_EQ(*translation, expected);
            EXPECT_FALSE(mapped(machine, space.table, at + page_bytes(PageSize::size_1g)));
        }
    }
}

TEST_F(PageTablesTest, NeighboursShareTheirTables)
{
    map_now(space, {linear(0x1000), PhysicalAddress{0xa000}, PageSize::size_4k, {}});
    const std::uint64_t used = frames.used_bytes();
    map_now(space, {linear(0x2000), PhysicalAddress{0xb000}, PageSize::size_4k, {}});
    EXPECT_EQ(frames.used_bytes(), used);
    EXPECT_EQ(mapped(machine, space.table, linear(0x1000))->page, PhysicalAddress{0xa000});
    EXPECT_EQ(mapped(machine, space.table, linear(0x2000))->page, PhysicalAddress{0xb000});
}

/// The leaf is stored last, so that no walk ever meets a table before it has been filled.
TEST_F(PageTablesTest, TheLeafIsTheLastStore)
{
    map_now(space, {linear(0x1000), PhysicalAddress{0xa000}, PageSize::size_4k, {}});
    EXPECT_EQ(machine.history.back().value, Entry::leaf(PhysicalAddress{0xa000}, PageSize::size_4k, {}).raw());
}

TEST_F(PageTablesTest, MappingOwesTheInvalidationOfItsPage)
{
    auto owed = map(space, {linear(0x7000), PhysicalAddress{0xa000}, PageSize::size_4k, {}}, frames);
    ASSERT_TRUE(owed.ok());
    EXPECT_TRUE(machine.commands.empty()); // mapping itself invalidates nothing
    std::move(owed).take().flush();
    EXPECT_EQ(machine.commands, (std::vector<test::Command>{{test::Command::Kind::invlpg, 0x7000}}));
}

TEST_F(PageTablesTest, ReplacingALeafStoresItInPlaceAndOwesItsPage)
{
    map_now(space, {linear(0x1000), PhysicalAddress{0xa000}, PageSize::size_4k, {}});
    const std::size_t stores = machine.history.size();
    const Entry other = Entry::leaf(PhysicalAddress{0xb000}, PageSize::size_4k, {});
    replace_leaf(space, linear(0x1000), other).flush();
    EXPECT_EQ(machine.history.size(), stores + 1);
    EXPECT_EQ(leaf_at(space, linear(0x1000)).raw(), other.raw());
    EXPECT_EQ(machine.commands, (std::vector<test::Command>{{test::Command::Kind::invlpg, 0x1000}}));
}

TEST_F(PageTablesTest, MapsBelowASubtree)
{
    const Subtree directory{frames.allocate().value(), Level::pde};
    map_now(directory, {linear(0x80'4020'0000), PhysicalAddress{0xa000}, PageSize::size_4k, {}});
    EXPECT_TRUE(Entry{machine.memory.read(directory.table + 1 * 8)}.present()); // PDE number 1
}

TEST_F(PageTablesTest, BorrowingIsOneStoreOnceThePathExists)
{
    const Subtree directory{frames.allocate().value(), Level::pde};
    map_now(directory,
            {linear(0x80'4020'0000), PhysicalAddress{0xa000}, PageSize::size_4k, {.rights = {}, .global = true}});
    map_now(space, {linear(0x80'8000'0000), PhysicalAddress{0xb000}, PageSize::size_4k, {}}); // makes the PDPT
    const std::size_t before = machine.history.size();
    ASSERT_EQ(newly_mapped(borrow(space, linear(0x80'4020'0000), directory, frames), Omission::was_not_present),
              Refusal::none);
    EXPECT_EQ(machine.history.size(), before + 1);
    EXPECT_EQ(machine.history.back().value, Entry::table(directory.table).raw());
    EXPECT_EQ(mapped(machine, space.table, linear(0x80'4020'0000))->page, PhysicalAddress{0xa000});
}

TEST_F(PageTablesTest, TwoSpacesSeeLaterChangesOfWhatTheyBorrow)
{
    const Subtree directory{frames.allocate().value(), Level::pde};
    const Subtree other = new_space();
    for (const Subtree borrower : {space, other}) {
        ASSERT_EQ(newly_mapped(borrow(borrower, linear(0x4000'0000), directory, frames), Omission::not_reachable),
                  Refusal::none);
    }
    map_now(directory, {linear(0x4000'3000), PhysicalAddress{0xc000}, PageSize::size_4k, {}});
    for (const Subtree borrower : {space, other})
        EXPECT_EQ(mapped(machine, borrower.table, linear(0x4000'3000))->page, PhysicalAddress{0xc000});
}

TEST_F(PageTablesTest, RefusesWhenNoFrameIsLeftForATable)
{
    while (frames.allocate().ok()) {
    }
    EXPECT_EQ(newly_mapped(map(space, {linear(0x1000), {}, PageSize::size_4k, {}}, frames), Omission::not_reachable),
              Refusal::out_of_memory);
    const Subtree directory{PhysicalAddress{0x1000}, Level::pde};
    EXPECT_EQ(newly_mapped(borrow(space, linear(0x1000), directory, frames), Omission::not_reachable),
              Refusal::out_of_memory);
    EXPECT_FALSE(mapped(machine, space.table, linear(0x1000)));
}

} // namespace
} // namespace drywalk::kernel
