// SPDX-License-Identifier: MIT
// Entries: their bits, and which bits are reserved at each level, against [intel/vol3] Tables 4-14 to 4-19.
#include "models/x86/entry.hpp"

#include <gtest/gtest.h>

#include <array>

namespace drywalk::x86 {
namespace {

constexpr std::array levels{Level::pte, Level::pde, Level::pdpte, Level::pml4e};
constexpr std::array sizes{PageSize::size_4k, PageSize::size_2m, PageSize::size_1g};

constexpr std::uint64_t bit(unsigned position) { return std::uint64_t{1} << position; }

static_assert(Entry::table(PhysicalAddress{0x1000}).raw() == 0x1007);
static_assert(Entry::leaf(PhysicalAddress{0x20'0000}, PageSize::size_2m, {{true, true, false}, true}).raw() ==
              (bit(63) | 0x20'0187));

TEST(Entry, FlagsStandWhereTheManualHasThem)
{
    for (unsigned position = 0; position < 64; ++position) {
        const Entry entry{bit(position)};
        EXPECT_EQ(entry.present(), position == 0);
        EXPECT_EQ(entry.rights(), (Rights{position == 1, position == 2, position != 63}));
        EXPECT_EQ(entry.accessed(), position == 5);
        EXPECT_EQ(entry.dirty(), position == 6);
        EXPECT_EQ(entry.global(), position == 8);
        EXPECT_EQ(entry.execute_disable(), position == 63);
        EXPECT_EQ(entry.next_table().value(), position >= 12 && position < 52 ? bit(position) : 0);
    }
}

TEST(Entry, PageSizeBitMapsAPageInPdptesAndPdesOnly)
{
    for (const Level level : levels) {
        const bool may_map_large = level == Level::pde || level == Level::pdpte;
        EXPECT_EQ(Entry{bit(0) | bit(7)}.maps_page(level), may_map_large || level == Level::pte);
        EXPECT_EQ(Entry{bit(0)}.maps_page(level), level == Level::pte);
    }
}

TEST(Entry, LeafHoldsWhatItWasMadeOf)
{
    for (const PageSize size : sizes) {
        for (unsigned flags = 0; flags < 64; ++flags) {
            const auto flag = [flags](unsigned position) { return ((flags >> position) & 1U) != 0; };
            const LeafAttributes attributes{{flag(0), flag(1), flag(2)}, flag(3), flag(4), flag(5)};
            const PhysicalAddress page{0x000a'bcd0'0000'0000 & ~offset_mask(size)};
            const Entry leaf = Entry::leaf(page, size, attributes);
            const std::uint64_t expected = page.value() | bit(0) | (flag(0) ? bit(1) : 0) | (flag(1) ? bit(2) : 0) |
                                           (flag(2) ? 0 : bit(63)) | (flag(3) ? bit(8) : 0) | (flag(4) ? bit(5) : 0) |
                                           (flag(5) ? bit(6) : 0) | (size == PageSize::size_4k ? 0 : bit(7));
            ASSERT_EQ(leaf.raw(), expected);
            ASSERT_EQ(leaf.rights(), attributes.rights);
            ASSERT_EQ(leaf.page(size), page);
            ASSERT_TRUE(leaf.maps_page(leaf_level(size)));
        }
    }
}

TEST(Entry, TableGrantsEverythingUnlessTold)
{
    const PhysicalAddress next{0x7'f000};
    EXPECT_EQ(Entry::table(next).rights(), Rights{});
    EXPECT_EQ(Entry::table(next).next_table(), next);
    EXPECT_FALSE(Entry::table(next).maps_page(Level::pde));
    EXPECT_EQ(Entry::table(next, {false, false, false}).raw(), bit(63) | 0x7'f001);
}

TEST(Entry, PageOfALargeLeafLeavesThePatBitOut)
{
    EXPECT_EQ(Entry{0x4020'1083}.page(PageSize::size_2m).value(), 0x4020'0000U);
    EXPECT_EQ(Entry{0x4000'1083}.page(PageSize::size_1g).value(), 0x4000'0000U);
    EXPECT_EQ(Entry{0x4020'1083}.page(PageSize::size_4k).value(), 0x4020'1000U);
}

TEST(Entry, MemoryTypeIndexTakesPatWhereTheSizeHasIt)
{
    for (const PageSize size : sizes) {
        const std::uint64_t pat = size == PageSize::size_4k ? bit(7) : bit(12);
        const std::uint64_t size_bit = size == PageSize::size_4k ? 0 : bit(7);
        for (unsigned index = 0; index < 8; ++index) {
            const std::uint64_t raw = bit(0) | size_bit | ((index & 4U) != 0 ? pat : 0) |
                                      ((index & 2U) != 0 ? bit(4) : 0) | ((index & 1U) != 0 ? bit(3) : 0);
            EXPECT_EQ(Entry{raw}.pat_index(size), index);
        }
    }
    EXPECT_EQ(Entry{bit(0) | bit(12)}.pat_index(PageSize::size_4k), 0U) << "bit 12 of a PTE is part of the address";
}

TEST(Entry, WithAndWithoutChangeNothingElse)
{
    const Entry entry{0x8000'0000'1234'5067};
    EXPECT_EQ(entry.with(Entry::global_bit).raw(), 0x8000'0000'1234'5167U);
    EXPECT_EQ(entry.without(Entry::dirty_bit | Entry::accessed_bit).raw(), 0x8000'0000'1234'5007U);
    EXPECT_EQ(entry.with(Entry::present_bit), entry);
}

/// One kind of entry, that is one of Tables 4-14 to 4-19, and the bits that it must have 0 whatever the machine.
struct EntryFormat {
    const char* table;
    Level level;
    bool page_size_flag;
    unsigned lowest_reserved;  ///< of a range inside the address field
    unsigned highest_reserved; ///< below lowest_reserved: none
};

constexpr std::array entry_formats{
    EntryFormat{"4-14 of later editions, PML5E", Level::pml5e, false, 1, 0},
    EntryFormat{"4-14, PML4E", Level::pml4e, false, 1, 0},
    EntryFormat{"4-15, PDPTE that maps a 1-GByte page", Level::pdpte, true, 13, 29},
    EntryFormat{"4-16, PDPTE that references a page directory", Level::pdpte, false, 1, 0},
    EntryFormat{"4-17, PDE that maps a 2-MByte page", Level::pde, true, 13, 20},
    EntryFormat{"4-18, PDE that references a page table", Level::pde, false, 1, 0},
    EntryFormat{"4-19, PTE", Level::pte, false, 1, 0},
    EntryFormat{"4-19, PTE with PAT = 1", Level::pte, true, 1, 0},
};

bool reserved_in(const EntryFormat& format, unsigned position, const PagingMode& mode)
{
    if (position >= format.lowest_reserved && position <= format.highest_reserved) return true;
    if (position >= mode.features.physical_bits && position <= 51) return true;
    return position == 63 && (mode.efer.value & 0x800) == 0;
}

PagingMode machine(unsigned physical_bits, bool execute_disable, bool pages_1g)
{
    PagingMode mode;
    mode.features = {physical_bits, pages_1g};
    mode.efer.value = execute_disable ? 0xd00 : 0x500;
    return mode;
}

void expect_reserved_bits(const EntryFormat& format, const PagingMode& mode)
{
    const std::uint64_t base = bit(0) | (format.page_size_flag ? bit(7) : 0);
    const bool whole_format_reserved = format.level == Level::pdpte && format.page_size_flag && !mode.features.pages_1g;
    for (unsigned position = 0; position < 64; ++position) {
        if (position == 7) continue; // it selects the format
        const bool expected = whole_format_reserved || reserved_in(format, position, mode);
        ASSERT_EQ(violates_reserved_bits(Entry{base | bit(position)}, format.level, mode), expected)
            << format.table << ", bit " << position << ", MAXPHYADDR " << mode.features.physical_bits;
    }
}

TEST(ReservedBits, EveryBitOfEveryFormatOnEveryMachine)
{
    for (unsigned physical_bits = 32; physical_bits <= architectural_physical_bits; ++physical_bits) {
        for (unsigned features = 0; features < 4; ++features) {
            const PagingMode mode = machine(physical_bits, (features & 1U) != 0, (features & 2U) != 0);
            for (const EntryFormat& format : entry_formats)
                expect_reserved_bits(format, mode);
        }
    }
}

TEST(ReservedBits, PageSizeFlagIsReservedInPml5esPml4esAndWithoutGigabytePages)
{
    const Entry entry{bit(0) | bit(7)};
    EXPECT_TRUE(violates_reserved_bits(entry, Level::pml5e, machine(46, true, true)));
    EXPECT_TRUE(violates_reserved_bits(entry, Level::pml4e, machine(46, true, true)));
    EXPECT_FALSE(violates_reserved_bits(entry, Level::pdpte, machine(46, true, true)));
    EXPECT_TRUE(violates_reserved_bits(entry, Level::pdpte, machine(46, true, false)));
    EXPECT_FALSE(violates_reserved_bits(entry, Level::pde, machine(46, true, false)));
    EXPECT_FALSE(violates_reserved_bits(entry, Level::pte, machine(46, true, false)));
}

} // namespace
} // namespace drywalk::x86
