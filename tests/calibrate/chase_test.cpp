// SPDX-License-Identifier: MIT
// Simulated chases: plateaus and knees that follow from a machine's geometry.
#include "sim/calibrate/chase.hpp"

#include "sim/scenario/machine.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate {
namespace {

mmu::Profile profile_of(const std::string& name)
{
    return scenario::load_machine(DRYWALK_SOURCE_DIR "/scenarios/machines", name).profile;
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
    pattern.spacing = memory::line_bytes;
    return pattern;
}

/// Two TLB entries and 2 x 2 lines: two pages stay in both. With 64 pages, each load walks from a PDE that the one
/// entry for PDEs has, and all lines come from the L2: 10 for the PTE, 10 for the data.
TEST(Chase, OfTheMachineThatIsWorkedOutByHand)
{
    const mmu::Profile tiny = profile_of("tiny_by_hand");
    EXPECT_EQ(simulated_cycles(tiny, packed(2), {}), tiny.memory.l1d.latency);
    Pattern one_page = packed(2);
    one_page.spacing = 2048;
    EXPECT_EQ(simulated_cycles(tiny, one_page, {}), tiny.memory.l1d.latency);
}

TEST(Chase, SkylakeHasItsPlateausAndKneesWhereItsGeometryPutsThem)
{
    const mmu::Profile skylake = profile_of("skylake_sp");
    EXPECT_EQ(simulated_cycles(skylake, packed(512), {}), 4.0) << "32 KiB fit";
    EXPECT_EQ(simulated_cycles(skylake, packed(768), {}), 14.0) << "48 KiB do not: twelve lines for eight ways";
    EXPECT_EQ(simulated_cycles(skylake, one_line_per_page(64), {}), 4.0) << "64 TLB entries";
    EXPECT_EQ(simulated_cycles(skylake, one_line_per_page(96), {}), 4.0 + 9.0) << "six pages for four ways";
    EXPECT_EQ(simulated_cycles(skylake, one_line_per_page(1024), {}), 14.0 + 9.0) << "second level of both";
    EXPECT_GT(simulated_cycles(skylake, one_line_per_page(4096), {}), 14.0 + 17.0 + 4.0) << "beyond 1536 entries";
}

TEST(Chase, Zen4HasItsPlateausAndKneesWhereItsGeometryPutsThem)
{
    const mmu::Profile zen4 = profile_of("zen4");
    EXPECT_EQ(simulated_cycles(zen4, one_line_per_page(72), {}), 4.0);
    EXPECT_EQ(simulated_cycles(zen4, one_line_per_page(73), {}), 4.0 + 7.0) << "a cycle through LRU misses always";
    EXPECT_EQ(simulated_cycles(zen4, one_line_per_page(2048), {}), 14.0 + 7.0);
    EXPECT_GT(simulated_cycles(zen4, one_line_per_page(6144), {}), 14.0 + 21.0);
}

TEST(Chase, IsTheSameAtEveryRun)
{
    const mmu::Profile zen4 = profile_of("zen4");
    const ChaseOptions options{.seed = 3, .placement = Placement::balanced};
    const double first = simulated_cycles(zen4, one_line_per_page(5000), options);
    EXPECT_EQ(simulated_cycles(zen4, one_line_per_page(5000), options), first);
    EXPECT_NE(simulated_cycles(zen4, one_line_per_page(5000), {.seed = 4}), first);
}

/// Sixteen lines in each of the 16 page colours fill the L2 to the last way; by chance some colours get more.
TEST(Chase, BalancedFramesFillACacheToTheLastWay)
{
    const mmu::Profile skylake = profile_of("skylake_sp");
    Pattern pattern = one_line_per_page(256);
    pattern.lines = Lines::as_spaced;
    EXPECT_EQ(simulated_cycles(skylake, pattern, {.placement = Placement::balanced}), 14.0 + 9.0);
    EXPECT_GT(simulated_cycles(skylake, pattern, {.placement = Placement::random}), 14.0 + 9.0 + 5.0);
}

TEST(Chase, WalksLargePagesAndFarOnes)
{
    const mmu::Profile zen4 = profile_of("zen4");
    Pattern far = one_line_per_page(80);
    far.spacing = std::uint64_t{1} << 30;
    EXPECT_GT(simulated_cycles(zen4, far, {}), 4.0 + 21.0);
    Pattern large = packed(4096);
    large.page_size = x86::PageSize::size_2m;
    EXPECT_EQ(simulated_cycles(zen4, large, {}), 14.0) << "one TLB entry is enough";
}

} // namespace
} // namespace drywalk::calibrate
