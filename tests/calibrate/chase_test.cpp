// SPDX-License-Identifier: MIT
// Simulated chases: plateaus and knees that follow from a machine's geometry.
#include "sim/calibrate/chase.hpp"

#include "sim/machine/machine.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate {
namespace {

machine::Profile profile_of(const std::string& name)
{
    return machine::load_machine(source_tree() / "scenarios/machines", name).profile;
}

Pattern one_line_per_page(std::uint64_t pages)
{
    Pattern pattern;
    pattern.size = pattern.elements = pages;
    pattern.spacing = x86::small_page_bytes;
    pattern.lines = Lines::varied;
    return pattern;
}

Pattern packed(std::uint64_t lines)
{
    Pattern pattern;
    pattern.size = pattern.elements = lines;
    pattern.spacing = machine::line_bytes;
    return pattern;
}

double cycles_of(const machine::Profile& profile, const Pattern& pattern, const ChaseOptions& options)
{
    return simulated(profile, pattern, options).cycles;
}

/// Two sets of one line: two lines in a row have one each; half a page apart both want the first, and come from the L2.
TEST(Chase, OfTheMachineThatIsWorkedOutByHand)
{
    const machine::Profile tiny = profile_of("tiny_by_hand");
    EXPECT_EQ(cycles_of(tiny, packed(2), {}), 1.0);
    Pattern half_a_page_apart = packed(2);
    half_a_page_apart.spacing = 2048;
    EXPECT_EQ(cycles_of(tiny, half_a_page_apart, {}), 10.0);
}

TEST(Chase, SkylakeHasItsPlateausAndKneesWhereItsGeometryPutsThem)
{
    const machine::Profile skylake = profile_of("skylake_sp");
    EXPECT_EQ(cycles_of(skylake, packed(512), {}), 4.0) << "32 KiB fit";
    EXPECT_EQ(cycles_of(skylake, packed(768), {}), 14.0) << "48 KiB do not: twelve lines for eight ways";
    EXPECT_EQ(cycles_of(skylake, one_line_per_page(64), {}), 4.0) << "64 TLB entries";
    EXPECT_EQ(cycles_of(skylake, one_line_per_page(96), {}), 4.0 + 9.0) << "six pages for four ways";
    EXPECT_EQ(cycles_of(skylake, one_line_per_page(1024), {}), 14.0 + 9.0) << "second level of both";
    EXPECT_GT(cycles_of(skylake, one_line_per_page(4096), {}), 14.0 + 17.0 + 4.0) << "beyond 1536 entries";
}

TEST(Chase, Zen4HasItsPlateausAndKneesWhereItsGeometryPutsThem)
{
    const machine::Profile zen4 = profile_of("zen4");
    EXPECT_EQ(cycles_of(zen4, one_line_per_page(72), {}), 4.0);
    EXPECT_EQ(cycles_of(zen4, one_line_per_page(73), {}), 4.0 + 7.0) << "a cycle through LRU misses always";
    EXPECT_EQ(cycles_of(zen4, one_line_per_page(2048), {}), 14.0 + 7.0);
    EXPECT_GT(cycles_of(zen4, one_line_per_page(6144), {}), 14.0 + 21.0);
}

/// One set of the first level gets all pages that are 16 apart: six ways in three groups, of which the one after the
/// group last used makes room.
TEST(Chase, SapphireRapidsMissesHalfOfSevenPagesInSixWays)
{
    const machine::Profile sapphire = profile_of("sapphire_rapids");
    Pattern one_set = one_line_per_page(6);
    one_set.spacing = 16 * x86::small_page_bytes;
    EXPECT_EQ(simulated(sapphire, one_set, {}).served.l1_tlb_hits, 1.0);
    one_set.elements = 7;
    EXPECT_NEAR(simulated(sapphire, one_set, {}).served.l1_tlb_hits, 0.5, 0.1);
    one_set.elements = 8;
    EXPECT_EQ(simulated(sapphire, one_set, {}).served.l1_tlb_hits, 0.0);
}

/// Whatever the stride, coloured frames fill its 512 KiB to the last way: no index bits are folded.
TEST(Chase, Zen2KeepsABufferOfItsL2AtEveryStride)
{
    const machine::Profile zen2 = profile_of("zen2");
    const ChaseOptions coloured{.seed = 1, .placement = Placement::coloured};
    for (const std::uint64_t stride : {64U, 512U, 2048U, 4096U}) {
        Pattern pattern = packed(512 * 1024 / stride);
        pattern.spacing = stride;
        EXPECT_LE(simulated(zen2, pattern, coloured).served.data[2], 0.05) << stride;
        pattern.elements = 768 * 1024 / stride;
        EXPECT_GE(simulated(zen2, pattern, coloured).served.data[2], 0.9) << stride;
    }
}

TEST(Chase, IsTheSameAtEveryRun)
{
    const machine::Profile zen4 = profile_of("zen4");
    const ChaseOptions options{.seed = 3, .placement = Placement::coloured};
    const double first = cycles_of(zen4, one_line_per_page(5000), options);
    EXPECT_EQ(cycles_of(zen4, one_line_per_page(5000), options), first);
    EXPECT_NE(cycles_of(zen4, one_line_per_page(5000), {.seed = 4}), first);
}

/// Sixteen lines in each of the 16 page colours fill the L2 to the last way; by chance some colours get more.
TEST(Chase, ColouredFramesFillACacheToTheLastWay)
{
    const machine::Profile skylake = profile_of("skylake_sp");
    Pattern pattern = one_line_per_page(256);
    pattern.lines = Lines::as_spaced;
    EXPECT_EQ(cycles_of(skylake, pattern, {.placement = Placement::coloured}), 14.0 + 9.0);
    EXPECT_GT(cycles_of(skylake, pattern, {.placement = Placement::random}), 14.0 + 9.0 + 5.0);
}

/// The pages between those that a chase touches have frames too: at 16 KiB stride every fourth colour is used, before a
/// page table takes one of its own every fourth and one more.
TEST(Chase, APageThatIsNotTouchedTakesAColourToo)
{
    const machine::Profile skylake = profile_of("skylake_sp");
    Pattern pattern = one_line_per_page(64);
    pattern.lines = Lines::as_spaced;
    pattern.spacing *= 4;
    EXPECT_EQ(cycles_of(skylake, pattern, {.placement = Placement::coloured}), 14.0 + 9.0) << "64 lines in 4 colours";
    pattern.elements = 2 * 64 + 32;
    EXPECT_GT(cycles_of(skylake, pattern, {.placement = Placement::coloured}), 14.0 + 9.0 + 10.0)
        << "128 lines before the second page table, in 4 colours";
    pattern.lines = Lines::varied;
    EXPECT_EQ(cycles_of(skylake, pattern, {.placement = Placement::coloured}), 4.0 + 9.0) << "only touched pages exist";
}

TEST(Chase, SaysWhichLevelsServedIt)
{
    const machine::Profile zen4 = profile_of("zen4");
    const Served hits = simulated(zen4, one_line_per_page(64), {}).served;
    EXPECT_EQ(hits.l1_tlb_hits, 1.0);
    EXPECT_EQ(hits.translation_cycles, 0.0);
    EXPECT_EQ(hits.data[0], 1.0);
    const Served second = simulated(zen4, one_line_per_page(1024), {}).served;
    EXPECT_EQ(second.l2_tlb_hits, 1.0);
    EXPECT_EQ(second.translation_cycles, 7.0);
    EXPECT_EQ(second.data_cycles, 14.0);
    const Served walks = simulated(zen4, one_line_per_page(16'384), {}).served;
    EXPECT_GT(walks.walks, 0.99);
    machine::Profile refreshed = zen4;
    refreshed.l2_data[0].structure_hit_is_use = true;
    const Served kept = simulated(refreshed, one_line_per_page(16'384), {}).served;
    EXPECT_NEAR(kept.walk_references, kept.walks, 0.01) << "PDEs are cached";
    EXPECT_GT(walks.walk_references - walks.walks, kept.walk_references - kept.walks) << "pages push PDEs out";
    EXPECT_LT(walks.walk_references - walks.walks, 0.02) << "seldom";
    EXPECT_NEAR(walks.leaf[0] + walks.leaf[1] + walks.leaf[2] + walks.leaf[3], walks.walks, 1e-9);
    EXPECT_NEAR(walks.l1_tlb_hits + walks.l2_tlb_hits + walks.walks, 1.0, 1e-9);
}

/// As a guest each walk also translates where the page lies; hits cost what they do on bare metal.
TEST(Chase, OfAGuestWalksTheHostsTablesToo)
{
    machine::Profile guest = profile_of("zen4");
    const double bare = cycles_of(guest, one_line_per_page(6144), {});
    guest.nested.on = true;
    EXPECT_EQ(cycles_of(guest, one_line_per_page(64), {}), 4.0);
    EXPECT_EQ(cycles_of(guest, one_line_per_page(1024), {}), 21.0);
    EXPECT_GT(cycles_of(guest, one_line_per_page(6144), {}), bare + 14.0 + 10.0) << "a PTE of the host, in the L2";
    guest.nested.host_page_size = x86::PageSize::size_1g;
    EXPECT_NEAR(cycles_of(guest, one_line_per_page(6144), {}), bare, 5.0) << "the nested TLB has it all";
}

/// Measured in a guest on Emerald Rapids: 70 to 79 cycles from 2,560 to 10,240 pages.
TEST(Chase, AGuestOnSapphireRapidsWalksAsLongAsOneOnEmeraldRapids)
{
    machine::Profile guest = profile_of("sapphire_rapids");
    guest.nested.on = true;
    for (const std::uint64_t pages : {2560U, 5120U, 10'240U}) {
        const double cycles = cycles_of(guest, one_line_per_page(pages), {});
        EXPECT_GT(cycles, 70 * 0.9) << pages;
        EXPECT_LT(cycles, 79 * 1.1) << pages;
    }
}

/// Every walk brings in a PDE of the host for a region of its own, so that the second level is full much earlier.
TEST(Chase, PdesOfTheHostTakePlaceInTheSecondLevel)
{
    machine::Profile guest = profile_of("zen4");
    guest.nested.on = true;
    Pattern large = one_line_per_page(2560);
    large.page_size = x86::PageSize::size_2m;
    large.spacing = x86::page_bytes(large.page_size);
    large.lines = Lines::varied_in_large_page;
    const double shared = cycles_of(guest, large, {});
    guest.nested.pdes_in_l2_data = false;
    guest.nested.structure_caches.pde = 4096;
    EXPECT_GT(shared, cycles_of(guest, large, {}) + 20.0);
}

TEST(Chase, WalksLargePagesAndFarOnes)
{
    const machine::Profile zen4 = profile_of("zen4");
    Pattern far = one_line_per_page(80);
    far.spacing = std::uint64_t{1} << 30;
    EXPECT_GT(cycles_of(zen4, far, {}), 4.0 + 21.0);
    Pattern large = packed(4096);
    large.page_size = x86::PageSize::size_2m;
    EXPECT_EQ(cycles_of(zen4, large, {}), 14.0) << "one TLB entry is enough";
}

} // namespace
} // namespace drywalk::calibrate
