// SPDX-License-Identifier: MIT
// What becomes of references: by hand on tiny_by_hand, and by its sums on the others.
#include "sim/replay/replay.hpp"

#include "sim/machine/machine.hpp"
#include "tests/replay/support.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace drywalk::replay::test {
namespace {

using machine::MmuCategory;
using machine::PlatformCategory;
using machine::ServedBy;
using References = std::vector<Reference>;

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t region = 512 * page;

machine::Profile profile_of(const std::string& name)
{
    return machine::load_machine(source_tree() / "scenarios/machines", name).profile;
}

ReplayResult replayed(const machine::Profile& profile, const References& references, ReplayOptions options = {})
{
    Replay replay{profile, options};
    replay.play(references);
    return replay.result();
}

ReplayOptions with(PagePolicy pages)
{
    ReplayOptions options;
    options.pages = pages;
    return options;
}

References touch_pages(std::uint64_t first, std::uint64_t count)
{
    References references;
    for (std::uint64_t index = 0; index < count; ++index)
        references.push_back(load(first + index * page));
    return references;
}

/// Half of the references near the last one, the others anywhere in `bytes` bytes of four far regions.
References random_walk(std::size_t count, std::uint64_t bytes, std::uint64_t seed)
{
    std::mt19937_64 random{seed};
    References references;
    std::uint64_t at = 0;
    for (std::size_t index = 0; index < count; ++index) {
        at = random() % 2 == 0 ? at + random() % 64 : (random() % 4 << 40) + random() % bytes;
        references.push_back(
            reference(static_cast<ReferenceKind>(random() % 4), at, static_cast<std::uint32_t>(1 + random() % 100)));
    }
    return references;
}

// By hand ----------------------------------------------------------------------------------------------------------
// tiny_by_hand: L1D 1 cycle, two sets of one line; L2 10, two sets of two lines; DRAM 100. One kept entry a level.
// All lines of this test are in set 0. Zeroing a page pushes everything else out of both caches. R P D T are the first
// lines of the root and the tables below it; F G those of the two data frames.

/// First touch by a load: the walk reads R 100, and faults there. Entry 100. Zero F 400. R, P and D are each read
/// (100), found absent, the next table zeroed (400), and the link stored (100, the line being lost); the PTE is stored
/// in T 100. IRETQ 60. The walk from the root: R P D T, each 100, for L2 has T and D, and R and P push both out in
/// turn; A is set in R P D, again 100 each; the pager has set it in the PTE. The load itself: F 100.
TEST(ReplayByHand, FirstTouchOfAProgram)
{
    const ReplayResult result = replayed(profile_of("tiny_by_hand"), {load(0x1000)});
    EXPECT_EQ(result.ledger.walks(), (machine::Ledger::Line{100 + 400, 5}));
    EXPECT_EQ(result.ledger[MmuCategory::exception_entry], (machine::Ledger::Line{100, 1}));
    EXPECT_EQ(result.ledger[PlatformCategory::kernel_access], (machine::Ledger::Line{700, 7}));
    EXPECT_EQ(result.ledger[PlatformCategory::zero_page], (machine::Ledger::Line{1600, 4}));
    EXPECT_EQ(result.ledger[PlatformCategory::iretq], (machine::Ledger::Line{60, 1}));
    EXPECT_EQ(result.ledger[MmuCategory::accessed_dirty_update], (machine::Ledger::Line{300, 3}));
    EXPECT_EQ(result.ledger[PlatformCategory::user_access], (machine::Ledger::Line{100, 1}));
    EXPECT_EQ(result.total_cycles, 3360U);
    EXPECT_EQ(result.counts.walks.walks, 2U);
    EXPECT_EQ(result.counts.walks.faulted, 1U);
    EXPECT_EQ(result.counts.walks.began_at, (std::array<std::uint64_t, 4>{0, 0, 0, 2}));
    EXPECT_EQ(result.translation_cycles(), 800U);
    EXPECT_EQ(result.paging_cycles(), 2460U);
}

/// The second load: TLB hit, F 1.
TEST(ReplayByHand, SecondTouchCostsTheDataCache)
{
    EXPECT_EQ(replayed(profile_of("tiny_by_hand"), {load(0x1000), load(0x1000)}).total_cycles, 3361U);
}

/// A store to the page next to it: the PDE is kept, T 100 (L2 has F and D), fault. Entry 100. Zero G 400. R P D are
/// read, the PTE stored: 400. IRETQ 60. The fault took the kept entries away: R P D T 100 each. A and D are set
/// everywhere. The store: G 100.
TEST(ReplayByHand, FirstTouchOfTheNextPage)
{
    const ReplayResult result = replayed(profile_of("tiny_by_hand"), {load(0x1000), store(0x2000)});
    EXPECT_EQ(result.total_cycles, 3360U + 100 + 100 + 400 + 400 + 60 + 400 + 100);
    EXPECT_EQ(result.counts.walks.walks, 4U);
    EXPECT_EQ(result.counts.walks.faulted, 2U);
    EXPECT_EQ(result.counts.walks.began_at, (std::array<std::uint64_t, 4>{1, 0, 0, 3}));
    EXPECT_EQ(result.counts.page_faults, 2U);
    EXPECT_EQ(result.counts.pager.tables, 4U);
}

// As a guest, by hand ----------------------------------------------------------------------------------------------

ReplayOptions under(x86::PageSize host_page_size, PagePolicy pages = PagePolicy::small)
{
    ReplayOptions options = with(pages);
    options.table_bytes = std::uint64_t{1} << 30;
    options.host_page_size = host_page_size;
    options.guest_bytes = std::uint64_t{2} << 30;
    return options;
}

/// One entry in the nested TLB, and nothing that shortens a host's walk.
machine::Profile forgetful_host()
{
    machine::Profile profile = profile_of("tiny_by_hand");
    profile.nested.tlb_entries = 1;
    profile.nested.structure_caches = {};
    return profile;
}

/// The first walk translates R, reads it and faults; the second finds R in the nested TLB, and translates P, D, T and
/// the page, each by four entries.
TEST(ReplayInAGuest, FirstTouchOfAProgram)
{
    const ReplayResult result = replayed(forgetful_host(), {load(0x1000)}, under(x86::PageSize::size_4k));
    EXPECT_EQ(result.counts.host.lookups, 6U);
    EXPECT_EQ(result.counts.host.tlb_hits(), 1U);
    EXPECT_EQ(result.counts.host.walks, 5U);
    EXPECT_EQ(result.ledger.walks().count, 5U);
    EXPECT_EQ(result.ledger.nested_walks().count, 20U);
    EXPECT_EQ(result.counts.walks.began_at, (std::array<std::uint64_t, 4>{0, 0, 0, 2}));
}

/// Three pages far apart for two TLB entries and one kept PML4E: to come back to the first is a walk from the root,
/// whose five addresses are none that was translated last. With 4 KiB pages on both sides that is the 24 entries of
/// the manuals. Larger host pages hold R, P, D and T in one, and the page in another.
TEST(ReplayInAGuest, AWalkReadsAtMost24Entries)
{
    const References touched{load(0), load(std::uint64_t{1} << 39), load(std::uint64_t{2} << 39)};
    References again = touched;
    again.push_back(touched.front());
    struct Expected {
        x86::PageSize host_page_size;
        std::uint64_t host_walks;
        std::uint64_t host_entries;
    };
    for (const Expected& expected : {Expected{x86::PageSize::size_4k, 5, 20}, Expected{x86::PageSize::size_2m, 2, 6},
                                     Expected{x86::PageSize::size_1g, 2, 4}}) {
        const ReplayOptions options = under(expected.host_page_size);
        const ReplayResult before = replayed(forgetful_host(), touched, options);
        const ReplayResult after = replayed(forgetful_host(), again, options);
        EXPECT_EQ(after.counts.walks.walks - before.counts.walks.walks, 1U);
        EXPECT_EQ(after.ledger.walks().count - before.ledger.walks().count, 4U);
        EXPECT_EQ(after.counts.host.lookups - before.counts.host.lookups, 5U);
        EXPECT_EQ(after.counts.host.walks - before.counts.host.walks, expected.host_walks);
        EXPECT_EQ(after.ledger.nested_walks().count - before.ledger.nested_walks().count, expected.host_entries);
    }
}

TEST(ReplayInAGuest, SaysWhatAWalkReadsAtMost)
{
    EXPECT_EQ(most_entries_a_walk(with(PagePolicy::small)), 4U);
    EXPECT_EQ(most_entries_a_walk(with(PagePolicy::large)), 3U);
    EXPECT_EQ(most_entries_a_walk(under(x86::PageSize::size_4k)), 24U);
    EXPECT_EQ(most_entries_a_walk(under(x86::PageSize::size_2m)), 19U);
    EXPECT_EQ(most_entries_a_walk(under(x86::PageSize::size_2m, PagePolicy::large)), 15U);
    EXPECT_EQ(most_entries_a_walk(under(x86::PageSize::size_1g, PagePolicy::transparent)), 14U);
}

/// Its second load hits a paging-structure cache: the PTE's address is known, that of the page is not.
TEST(ReplayInAGuest, AShortenedWalkTranslatesThePageAlone)
{
    const References touched{load(0x1000), load(0x2000), load(0x3000)};
    References again = touched;
    again.push_back(load(0x1000));
    const auto count = [](const References& references) {
        return replayed(forgetful_host(), references, under(x86::PageSize::size_4k)).counts;
    };
    const ReplayCounts before = count(touched);
    const ReplayCounts after = count(again);
    EXPECT_EQ(after.walks.began_at[0] - before.walks.began_at[0], 1U);
    EXPECT_EQ(after.host.lookups - before.host.lookups, 1U);
}

// References -------------------------------------------------------------------------------------------------------

TEST(Replay, CountsEachKind)
{
    const ReplayCounts counts =
        replayed(profile_of("skylake_sp"), {fetch(0x1000), load(0x2000), store(0x2008), modify(0x2010)}).counts;
    EXPECT_EQ(counts.records, 4U);
    EXPECT_EQ(counts.fetches, 1U);
    EXPECT_EQ(counts.loads, 2U);
    EXPECT_EQ(counts.stores, 2U);
    EXPECT_EQ(counts.references(), 5U);
    EXPECT_EQ(counts.fetch_tlb.lookups, 1U);
    EXPECT_EQ(counts.data_tlb.lookups, 4U);
    EXPECT_EQ(counts.page_faults, 2U);
}

TEST(Replay, SplitsWhatCrossesAPage)
{
    const ReplayCounts counts = replayed(profile_of("skylake_sp"), {load(0x1ffc, 8)}).counts;
    EXPECT_EQ(counts.split, 1U);
    EXPECT_EQ(counts.data_tlb.lookups, 2U);
    EXPECT_EQ(counts.page_faults, 2U);
    EXPECT_EQ(std::accumulate(counts.user_served_by.begin(), counts.user_served_by.end(), std::uint64_t{0}), 2U);
    EXPECT_EQ(replayed(profile_of("skylake_sp"), {load(0x1ff8, 8)}).counts.split, 0U);
    EXPECT_EQ(replayed(profile_of("skylake_sp"), {load(0x1fff, 4096)}).counts.pager.small_pages, 2U);
}

TEST(Replay, ReferencesEveryLineOnce)
{
    const auto lines = [](std::uint64_t address, std::uint32_t bytes) {
        const ReplayResult result = replayed(profile_of("skylake_sp"), {load(address, bytes)});
        return result.ledger[PlatformCategory::user_access].count;
    };
    EXPECT_EQ(lines(0x1000, 64), 1U);
    EXPECT_EQ(lines(0x1001, 64), 2U);
    EXPECT_EQ(lines(0x103f, 1), 1U);
    EXPECT_EQ(lines(0x103f, 2), 2U);
    EXPECT_EQ(lines(0x1000, 4096), 64U);
    EXPECT_EQ(lines(0x1020, 4096), 65U);
}

TEST(Replay, FetchesAreNoDataReferences)
{
    const ReplayResult result = replayed(profile_of("skylake_sp"), {fetch(0x1000)});
    EXPECT_EQ(result.ledger[PlatformCategory::user_access].count, 0U);
}

TEST(Replay, ReachesBothHalves)
{
    const ReplayCounts counts =
        replayed(profile_of("skylake_sp"), {load(0), load(0x7fff'ffff'fff8), load(~std::uint64_t{7})}).counts;
    EXPECT_EQ(counts.pager.small_pages, 3U);
}

// Sums -------------------------------------------------------------------------------------------------------------

void expect_sums(const ReplayResult& result)
{
    const ReplayCounts& counts = result.counts;
    EXPECT_EQ(result.ledger.total_cycles(), result.total_cycles);
    const auto& began = counts.walks.began_at;
    EXPECT_EQ(std::accumulate(began.begin(), began.end(), std::uint64_t{0}), counts.walks.walks);
    EXPECT_EQ(counts.data_tlb.lookups + counts.fetch_tlb.lookups, counts.references() + counts.split);
    EXPECT_LE(counts.data_tlb.l2_hits + counts.data_tlb.misses, counts.data_tlb.lookups);
    const auto& served = counts.user_served_by;
    EXPECT_EQ(std::accumulate(served.begin(), served.end(), std::uint64_t{0}),
              result.ledger[PlatformCategory::user_access].count);
    EXPECT_GE(counts.walks.faulted, counts.page_faults);
    EXPECT_EQ(counts.walks.walks - counts.walks.faulted, counts.data_tlb.misses + counts.fetch_tlb.misses);
    for (const std::uint64_t each : began)
        EXPECT_LE(each, counts.walks.walks);
    std::uint64_t paging =
        result.ledger[MmuCategory::exception_entry].cycles + result.ledger[MmuCategory::invlpg].cycles;
    for (const PlatformCategory each :
         {PlatformCategory::kernel_access, PlatformCategory::zero_page, PlatformCategory::iretq})
        paging += result.ledger[each].cycles;
    EXPECT_EQ(result.paging_cycles(), paging);
    EXPECT_LE(counts.host.walks, counts.host.lookups);
    EXPECT_GE(result.ledger.nested_walks().count, counts.host.walks);
    EXPECT_LE(result.ledger.nested_walks().count, 4 * counts.host.walks);
}

TEST(Replay, EverySumIsRightOnEveryMachine)
{
    const References references = random_walk(20'000, 64 * region, 3);
    for (const std::string name : {"skylake_sp", "zen4", "tiny_by_hand"}) {
        for (const auto pages : {PagePolicy::small, PagePolicy::large, PagePolicy::transparent}) {
            SCOPED_TRACE(name);
            expect_sums(replayed(profile_of(name), references, with(pages)));
        }
    }
}

/// What a host changes is what its own walks cost, as long as its pages are no smaller than those of the program and
/// its PDEs take no ways of the TLB.
TEST(ReplayInAGuest, EverySumIsRightAndTheGuestsCountsStay)
{
    const References references = random_walk(20'000, 64 * region, 3);
    for (const std::string name : {"skylake_sp", "zen4", "bochs_2_7"}) {
        for (const auto size : {x86::PageSize::size_4k, x86::PageSize::size_2m, x86::PageSize::size_1g}) {
            SCOPED_TRACE(name);
            ReplayOptions options = under(size);
            const ReplayResult guest = replayed(profile_of(name), references, options);
            options.host_page_size.reset();
            const ReplayResult bare = replayed(profile_of(name), references, options);
            expect_sums(guest);
            EXPECT_GT(guest.counts.host.tlb_hits(), 0U);
            if (!profile_of(name).nested.pdes_in_l2_data) {
                EXPECT_EQ(guest.counts.walks.began_at, bare.counts.walks.began_at);
                EXPECT_EQ(guest.counts.data_tlb.misses, bare.counts.data_tlb.misses);
                EXPECT_EQ(guest.ledger.walks().count, bare.ledger.walks().count);
            }
            EXPECT_EQ(bare.ledger.nested_walks().count + bare.counts.host.lookups, 0U);
            EXPECT_GT(guest.ledger.nested_walks().cycles, 0U);
            EXPECT_EQ(guest.ledger[PlatformCategory::kernel_access].count,
                      bare.ledger[PlatformCategory::kernel_access].count);
        }
    }
}

/// The TLB holds what both sides map in one piece.
TEST(ReplayInAGuest, SmallHostPagesBreakLargeOnesUp)
{
    const auto misses = [](x86::PageSize host_page_size) {
        const ReplayResult result =
            replayed(profile_of("skylake_sp"), touch_pages(region, 512), under(host_page_size, PagePolicy::large));
        expect_sums(result);
        return result.counts.data_tlb.misses;
    };
    EXPECT_EQ(misses(x86::PageSize::size_4k), 512U);
    EXPECT_EQ(misses(x86::PageSize::size_2m), 1U);
}

/// Emulators do without what a page fault invalidates, and without paging-structure caches.
TEST(Replay, RunsOnTheEmulatorsTlbs)
{
    const References references = random_walk(5'000, 8 * region, 4);
    for (const std::string name : {"bochs_2_7", "qemu_tcg"})
        expect_sums(replayed(profile_of(name), references, with(PagePolicy::transparent)));
}

TEST(Replay, WithoutStructureCachesAllWalksBeginAtTheRoot)
{
    machine::Profile profile = profile_of("zen4");
    profile.structure_caches = {};
    for (machine::TlbArrayProfile& array : profile.l2_data)
        array.holds_structures = {};
    const WalkCounts walks = replayed(profile, random_walk(5'000, 16 * region, 5)).counts.walks;
    EXPECT_EQ(walks.began_at, (std::array<std::uint64_t, 4>{0, 0, 0, walks.walks}));
}

TEST(Replay, IsTheSameInAnyBatches)
{
    const References references = random_walk(3'000, 4 * region, 6);
    Replay replay{profile_of("zen4"), {}};
    const std::span<const Reference> all{references};
    for (std::size_t at = 0; at < all.size(); at += 7)
        replay.play(all.subspan(at, std::min<std::size_t>(7, all.size() - at)));
    const ReplayResult pieces = replay.result();
    EXPECT_EQ(pieces.counts.data_tlb.misses, replayed(profile_of("zen4"), references).counts.data_tlb.misses);
}

TEST(Replay, TheSeedDecidesTheFramesAndNothingElse)
{
    const References references = random_walk(20'000, region, 7);
    const auto cycles = [&](std::uint64_t seed) {
        ReplayOptions options;
        options.seed = seed;
        return replayed(profile_of("zen4"), references, options);
    };
    EXPECT_EQ(cycles(1).total_cycles, cycles(1).total_cycles);
    EXPECT_NE(cycles(1).total_cycles, cycles(2).total_cycles);
    EXPECT_EQ(cycles(1).counts.data_tlb.misses, cycles(2).counts.data_tlb.misses);
}

// Pages ------------------------------------------------------------------------------------------------------------

TEST(Replay, LargePagesComeWhole)
{
    const ReplayResult result = replayed(profile_of("skylake_sp"), touch_pages(region, 512), with(PagePolicy::large));
    EXPECT_EQ(result.counts.page_faults, 1U);
    EXPECT_EQ(result.counts.pager.large_pages, 1U);
    EXPECT_EQ(result.counts.pager.small_pages, 0U);
    EXPECT_EQ(result.counts.pager.tables, 3U);
    EXPECT_EQ(result.ledger[PlatformCategory::zero_page].count, 512U + 2);
    EXPECT_EQ(result.counts.data_tlb.misses, 1U);
}

TEST(Replay, ARegionIsCollapsedAtTheThreshold)
{
    const auto after = [](std::uint64_t pages) {
        return replayed(profile_of("skylake_sp"), touch_pages(region, pages), with(PagePolicy::transparent));
    };
    const PagerCounts before = after(collapse_threshold - 1).counts.pager;
    EXPECT_EQ(before.collapses, 0U);
    EXPECT_EQ(before.small_pages, collapse_threshold - 1);
    const ReplayResult result = after(512);
    EXPECT_EQ(result.counts.pager.collapses, 1U);
    EXPECT_EQ(result.counts.pager.small_pages, 0U);
    EXPECT_EQ(result.counts.pager.large_pages, 1U);
    EXPECT_EQ(result.counts.page_faults, collapse_threshold);
    EXPECT_EQ(result.counts.invlpgs, collapse_threshold);
    EXPECT_EQ(result.ledger[MmuCategory::invlpg].count, collapse_threshold);
}

/// The pager aborts if an access used what the collapse should have flushed.
TEST(Replay, NothingStaleIsUsedAfterACollapse)
{
    References references = touch_pages(region, collapse_threshold - 1);
    const References again = references;
    references.push_back(store(region + 511 * page));
    references.insert(references.end(), again.begin(), again.end());
    for (const std::string name : {"skylake_sp", "zen4", "bochs_2_7"}) {
        const ReplayResult result = replayed(profile_of(name), references, with(PagePolicy::transparent));
        EXPECT_EQ(result.counts.pager.collapses, 1U);
    }
}

TEST(Replay, FramesOfACollapsedRegionAreUsedAgain)
{
    const References references = touch_pages(0, 100 * 512);
    const ReplayResult result = replayed(profile_of("skylake_sp"), references, with(PagePolicy::transparent));
    EXPECT_EQ(result.counts.pager.collapses, 100U);
    expect_sums(result);
}

// Memory -----------------------------------------------------------------------------------------------------------

/// 512 tables: the root, two above the page tables, and one page table a region.
TEST(Replay, SaysWhereTheTablesRunOut)
{
    References references;
    for (std::uint64_t index = 0; index < 510; ++index)
        references.push_back(load(index * region));
    ReplayOptions options;
    options.table_bytes = 512 * page;
    try {
        (void)replayed(profile_of("skylake_sp"), references, options);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(), "reference 510 of the trace, to 0x3fa00000: its page tables need more than 2 MiB; "
                                   "--table-memory gives them more");
    }
}

TEST(Replay, SaysWhereTheFramesRunOut)
{
    machine::Profile profile = profile_of("skylake_sp");
    profile.features.physical_bits = 32;
    ReplayOptions options = with(PagePolicy::large);
    options.table_bytes = (std::uint64_t{1} << 32) - region;
    try {
        (void)replayed(profile, {load(0), load(region)}, options);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(),
                     "reference 2 of the trace, to 0x200000: the machine's physical addresses are used up");
    }
}

TEST(ReplayInAGuest, SaysWhereTheGuestsMemoryEnds)
{
    ReplayOptions options = under(x86::PageSize::size_4k, PagePolicy::large);
    options.guest_bytes = std::uint64_t{1} << 30;
    options.table_bytes = options.guest_bytes - region;
    try {
        (void)replayed(profile_of("skylake_sp"), {load(0), load(region)}, options);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(), "reference 2 of the trace, to 0x200000: the 1 GiB of the guest are used up; "
                                   "--guest-memory gives it more");
    }
}

} // namespace
} // namespace drywalk::replay::test
