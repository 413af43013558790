// SPDX-License-Identifier: MIT
// One array: what matches, which set, who makes room, what a removal takes.
#include "models/mmu/tlb_array.hpp"

#include <gtest/gtest.h>

#include <bitset>

namespace drywalk::mmu {
namespace {

using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;
using x86::Reach;

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;

LinearAddress linear(std::uint64_t value) { return LinearAddress::truncate(value); }
LinearAddress small_page(std::uint64_t number) { return linear(number * 4 * kib); }

TlbEntry entry(LinearAddress address, PageSize size, std::uint64_t frame, std::uint16_t pcid = 0, bool global = false)
{
    TlbEntry result;
    result.translation = {PhysicalAddress{frame}, size, {}, global, false, 0};
    result.pcid = pcid;
    result.held_base = address.page(size);
    result.held_size = size;
    result.frame = result.translation.page;
    return result;
}

/// The 4 KiB around `address` of the large page that it lies in.
TlbEntry fragment(LinearAddress address, PageSize size, std::uint64_t frame)
{
    TlbEntry result = entry(address, size, frame);
    result.held_base = address.page();
    result.held_size = PageSize::size_4k;
    result.frame = result.translation.physical(address).page();
    return result;
}

machine::TlbArrayProfile all_sizes(std::uint32_t sets, std::uint32_t ways,
                                   machine::SetIndex index = machine::SetIndex::linear)
{
    return {sets, ways, {true, true, true}, machine::Replacement::lru, index};
}

x86::Removal page_removal(LinearAddress address, std::uint16_t pcid = 0)
{
    return {Reach::page, Reach::nothing, address, pcid};
}

TEST(TlbArray, FindsAPageByAnyAddressInItAndByNoOther)
{
    TlbArray array{all_sizes(4, 2), 1};
    array.insert(entry(linear(0x5000), PageSize::size_4k, 0x9000));
    TlbEntry* const found = array.find(linear(0x5fff), 0);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->translation.physical(linear(0x5abc)), PhysicalAddress{0x9abc});
    EXPECT_EQ(array.find(linear(0x4fff), 0), nullptr);
    EXPECT_EQ(array.find(linear(0x6000), 0), nullptr);
    EXPECT_EQ(array.find(linear(0x5000 + 4 * 4 * kib), 0), nullptr); // the same set
}

TEST(TlbArray, HoldsPagesOfAllSizesSideBySide)
{
    TlbArray array{all_sizes(4, 4), 1};
    array.insert(entry(linear(0), PageSize::size_4k, 0x1000));
    array.insert(entry(linear(2 * mib), PageSize::size_2m, 4 * mib));
    array.insert(entry(linear(gib), PageSize::size_1g, 2 * gib));
    EXPECT_EQ(array.population(), 3U);
    EXPECT_EQ(array.find(linear(0xfff), 0)->translation.size, PageSize::size_4k);
    EXPECT_EQ(array.find(linear(4 * mib - 1), 0)->translation.size, PageSize::size_2m);
    EXPECT_EQ(array.find(linear(2 * gib - 1), 0)->translation.size, PageSize::size_1g);
    EXPECT_EQ(array.find(linear(0x1000), 0), nullptr);
    EXPECT_EQ(array.find(linear(4 * mib), 0), nullptr);
    EXPECT_EQ(array.find(linear(2 * gib), 0), nullptr);
}

/// Software may leave a small and a large page cached for one address; the model's choice is the smaller.
TEST(TlbArray, PrefersTheSmallerOfTwoPagesThatMatch)
{
    TlbArray array{all_sizes(1, 4), 1};
    array.insert(entry(linear(2 * mib), PageSize::size_2m, 4 * mib));
    array.insert(entry(linear(2 * mib), PageSize::size_4k, 0x7000));
    EXPECT_EQ(array.find(linear(2 * mib), 0)->translation.size, PageSize::size_4k);
    EXPECT_EQ(array.find(linear(2 * mib + 0x1000), 0)->translation.size, PageSize::size_2m);
}

TEST(TlbArray, APageOfOnePcidServesNoOtherUnlessItIsGlobal)
{
    TlbArray array{all_sizes(1, 4), 1};
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0x1000, 1));
    array.insert(entry(linear(0x2000), PageSize::size_4k, 0x2000, 1, true));
    EXPECT_NE(array.find(linear(0x1000), 1), nullptr);
    EXPECT_EQ(array.find(linear(0x1000), 2), nullptr);
    EXPECT_NE(array.find(linear(0x2000), 1), nullptr);
    EXPECT_NE(array.find(linear(0x2000), 2), nullptr);
}

TEST(TlbArray, OnePageOfTwoPcidsTakesTwoEntries)
{
    TlbArray array{all_sizes(1, 4), 1};
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0xa000, 1));
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0xb000, 2));
    EXPECT_EQ(array.population(), 2U);
    EXPECT_EQ(array.find(linear(0x1000), 1)->translation.page, PhysicalAddress{0xa000});
    EXPECT_EQ(array.find(linear(0x1000), 2)->translation.page, PhysicalAddress{0xb000});
}

TEST(TlbArray, AnInsertionForTheSamePageAndPcidReplaces)
{
    TlbArray array{all_sizes(1, 4), 1};
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0xa000));
    array.insert(entry(linear(0x2000), PageSize::size_4k, 0xb000));
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0xc000));
    EXPECT_EQ(array.population(), 2U);
    EXPECT_EQ(array.find(linear(0x1000), 0)->translation.page, PhysicalAddress{0xc000});
}

TEST(TlbArray, EvictsTheLeastRecentEntryOfTheSetAndALookupCountsAsUse)
{
    TlbArray array{all_sizes(1, 3), 1};
    for (const std::uint64_t page : {1U, 2U, 3U})
        array.insert(entry(small_page(page), PageSize::size_4k, page * 4 * kib));
    (void)array.find(small_page(1), 0);
    array.insert(entry(small_page(4), PageSize::size_4k, 0));
    EXPECT_EQ(array.find(small_page(2), 0), nullptr);
    for (const std::uint64_t page : {1U, 3U, 4U})
        EXPECT_NE(array.find(small_page(page), 0), nullptr) << page;
    EXPECT_EQ(array.population(), 3U);
}

TEST(TlbArray, FillsAFreeWayBeforeItEvicts)
{
    TlbArray array{all_sizes(1, 3), 1};
    for (const std::uint64_t page : {1U, 2U, 3U})
        array.insert(entry(small_page(page), PageSize::size_4k, 0));
    array.remove(page_removal(small_page(3))); // the most recent way is free now
    array.insert(entry(small_page(4), PageSize::size_4k, 0));
    for (const std::uint64_t page : {1U, 2U, 4U})
        EXPECT_NE(array.find(small_page(page), 0), nullptr) << page;
}

/// Page numbers that land in set `set_of(page)` evict one another in a direct-mapped array, others do not.
template <typename SetOf>
void expect_conflicts(const machine::TlbArrayProfile& profile, PageSize size, std::uint64_t first, std::uint64_t last,
                      SetOf set_of)
{
    const std::uint64_t bytes = page_bytes(size);
    for (std::uint64_t one = first; one < last; one += 7) {
        for (std::uint64_t other = first; other < last; other += 5) {
            if (one == other) continue;
            TlbArray array{profile, 1};
            array.insert(entry(linear(one * bytes), size, 0));
            array.insert(entry(linear(other * bytes), size, 0));
            ASSERT_EQ(array.find(linear(one * bytes), 0) == nullptr, set_of(one) == set_of(other))
                << one << " and " << other;
        }
    }
}

TEST(TlbArray, LinearIndexIsThePageNumberModuloTheSets)
{
    expect_conflicts(all_sizes(16, 1), PageSize::size_4k, 0, 100, [](std::uint64_t page) { return page % 16; });
    expect_conflicts(all_sizes(16, 1), PageSize::size_2m, 0, 100, [](std::uint64_t page) { return page % 16; });
}

TEST(TlbArray, XorFoldIndexAddsTheNextBitsWithoutCarry)
{
    expect_conflicts(all_sizes(16, 1, machine::SetIndex::xor_fold), PageSize::size_4k, 0, 600,
                     [](std::uint64_t page) { return std::bitset<4>{page & 15} ^ std::bitset<4>{page / 16 & 15}; });
}

/// For 4 KiB pages the set is bits 18:12 of the address and bit 21; for larger ones see the next case.
TEST(TlbArray, Zen4IndexOfSmallPagesTakesSevenLowBitsAndBitNine)
{
    expect_conflicts(all_sizes(256, 1, machine::SetIndex::zen4_l2), PageSize::size_4k, 0, 2'100,
                     [](std::uint64_t page) {
                         return std::pair{page % 128, page / 512 % 2};
                     });
}

TEST(TlbArray, Zen4IndexOfLargePagesIsTheLowBitsOfThePageNumber)
{
    expect_conflicts(all_sizes(256, 1, machine::SetIndex::zen4_l2), PageSize::size_2m, 0, 600,
                     [](std::uint64_t page) { return page % 256; });
}

TEST(TlbArray, RemovingAPageLeavesItsNeighboursAndOtherPcids)
{
    TlbArray array{all_sizes(4, 4), 1};
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0, 1));
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0, 2));
    array.insert(entry(linear(0x2000), PageSize::size_4k, 0, 1));
    array.insert(entry(linear(0x5000), PageSize::size_4k, 0, 1)); // in the set of 0x1000
    array.remove(page_removal(linear(0x1234), 1));
    EXPECT_EQ(array.find(linear(0x1000), 1), nullptr);
    EXPECT_NE(array.find(linear(0x1000), 2), nullptr);
    EXPECT_NE(array.find(linear(0x2000), 1), nullptr);
    EXPECT_NE(array.find(linear(0x5000), 1), nullptr);
}

TEST(TlbArray, RemovingAPageTakesPagesOfEverySizeThatCoverIt)
{
    TlbArray array{all_sizes(4, 4), 1};
    array.insert(entry(linear(gib), PageSize::size_1g, 0));
    array.insert(entry(linear(gib), PageSize::size_2m, 0));
    array.insert(entry(linear(gib), PageSize::size_4k, 0));
    array.insert(entry(linear(gib + 2 * mib), PageSize::size_2m, 0));
    array.remove(page_removal(linear(gib + 0x123)));
    EXPECT_EQ(array.population(), 1U);
    EXPECT_NE(array.find(linear(gib + 2 * mib), 0), nullptr);
}

/// [intel/vol3] 4.10.4.1: INVLPG of any address of a page drops all of the page, however it is held.
TEST(TlbArray, RemovingOneAddressTakesAllFragmentsOfItsPage)
{
    TlbArray array{all_sizes(64, 2), 1}; // the fragments lie in sets of their own
    for (const std::uint64_t offset : {0UL, 0x1000UL, 0x5000UL, 0x1f'f000UL})
        array.insert(fragment(linear(2 * mib + offset), PageSize::size_2m, 8 * mib));
    array.insert(fragment(linear(4 * mib), PageSize::size_2m, 16 * mib));
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0));
    ASSERT_EQ(array.population(), 6U);
    array.remove(page_removal(linear(2 * mib + 0x3000))); // an address that no fragment holds
    EXPECT_EQ(array.population(), 2U);
    EXPECT_NE(array.find(linear(4 * mib), 0), nullptr);
    EXPECT_NE(array.find(linear(0x1000), 0), nullptr);
}

TEST(TlbArray, AFragmentServesItsFourKibibytesOnly)
{
    TlbArray array{all_sizes(4, 8), 1};
    array.insert(fragment(linear(2 * mib + 0x3000), PageSize::size_2m, 8 * mib));
    TlbEntry* const found = array.find(linear(2 * mib + 0x3456), 0);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->translation.physical(linear(2 * mib + 0x3456)), PhysicalAddress{8 * mib + 0x3456});
    EXPECT_EQ(array.find(linear(2 * mib + 0x4000), 0), nullptr);
}

TEST(TlbArray, RemovingOnePcidSparesGlobalEntries)
{
    TlbArray array{all_sizes(4, 4), 1};
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0, 1));
    array.insert(entry(linear(0x2000), PageSize::size_4k, 0, 1, true));
    array.insert(entry(linear(0x3000), PageSize::size_4k, 0, 2));
    array.remove({Reach::current_pcid, Reach::nothing, {}, 1});
    EXPECT_EQ(array.find(linear(0x1000), 1), nullptr);
    EXPECT_NE(array.find(linear(0x2000), 1), nullptr);
    EXPECT_NE(array.find(linear(0x3000), 2), nullptr);
    array.remove(x86::remove_everything);
    EXPECT_EQ(array.population(), 0U);
}

TEST(TlbArray, DropTakesAnAddressWhateverItsTag)
{
    TlbArray array{all_sizes(4, 4), 1};
    array.insert(entry(linear(2 * mib), PageSize::size_2m, 0, 1, true));
    array.insert(entry(linear(2 * mib), PageSize::size_4k, 0, 2));
    array.insert(entry(linear(2 * mib + 0x1000), PageSize::size_4k, 0, 2));
    array.drop(linear(2 * mib + 8));
    EXPECT_EQ(array.population(), 1U);
    EXPECT_NE(array.find(linear(2 * mib + 0x1000), 2), nullptr);
}

TEST(TlbArray, ClearEmptiesItAndItFillsAgain)
{
    TlbArray array{all_sizes(4, 2), 1};
    array.insert(fragment(linear(2 * mib), PageSize::size_2m, 0));
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0));
    array.clear();
    EXPECT_EQ(array.population(), 0U);
    EXPECT_EQ(array.find(linear(0x1000), 0), nullptr);
    array.insert(entry(linear(0x1000), PageSize::size_4k, 0));
    EXPECT_NE(array.find(linear(0x1000), 0), nullptr);
    EXPECT_EQ(array.population(), 1U);
}

/// One number in both domains: neither finds the other's entry, and what is removed by linear address is linear.
TEST(TlbArray, GuestPhysicalAddressesAreADomainOfTheirOwn)
{
    const x86::GuestPhysicalAddress guest{0x5000};
    TlbArray array{all_sizes(1, 4), 1};
    TlbEntry of_guest = entry(small_page(5), PageSize::size_4k, 0x9000);
    of_guest.held_base = guest;
    array.insert(of_guest);
    EXPECT_EQ(array.find(small_page(5), 0), nullptr);
    array.insert(entry(small_page(5), PageSize::size_4k, 0x7000));
    EXPECT_EQ(array.population(), 2U);
    ASSERT_NE(array.find(guest, 0), nullptr);
    EXPECT_EQ(array.find(guest, 0)->physical(guest + 8), PhysicalAddress{0x9008});
    ASSERT_NE(array.find(small_page(5), 0), nullptr);
    EXPECT_EQ(array.find(small_page(5), 0)->physical(small_page(5) + 8), PhysicalAddress{0x7008});
    array.remove(x86::remove_everything);
    EXPECT_EQ(array.find(small_page(5), 0), nullptr);
    EXPECT_NE(array.find(guest, 0), nullptr);
}

TEST(TlbArray, ARemovalOfStructuresLeavesThoseOfAHost)
{
    const x86::GuestPhysicalAddress guest{0x5000};
    machine::TlbArrayProfile profile = all_sizes(1, 4);
    profile.holds_structures[0] = true;
    TlbArray array{profile, 1};
    const x86::WalkPosition next{x86::Level::pte, PhysicalAddress{0x3000}, {}};
    array.insert_structure({.address = guest, .next = next, .frame = next.table, .agrees_with = {}});
    array.insert_structure({.address = small_page(5), .next = next, .frame = next.table, .agrees_with = {}});
    EXPECT_EQ(array.population(), 2U);
    array.remove_structures(x86::remove_everything);
    EXPECT_EQ(array.find_structure(small_page(5), x86::Level::pde, 0), nullptr);
    EXPECT_NE(array.find_structure(guest, x86::Level::pde, 0), nullptr);
}

} // namespace
} // namespace drywalk::mmu
