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

/// Two sets of one line: two lines in a row have one each; half a page apart both want the first, and come from the L2.
TEST(Chase, OfTheMachineThatIsWorkedOutByHand)
{
    const mmu::Profile tiny = profile_of("tiny_by_hand");
    EXPECT_EQ(simulated_cycles(tiny, packed(2), {}), 1.0);
    Pattern half_a_page_apart = packed(2);
    half_a_page_apart.spacing = 2048;
    EXPECT_EQ(simulated_cycles(tiny, half_a_page_apart, {}), 10.0);
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
