// SPDX-License-Identifier: MIT
// Capacities on the axes of the curves that they are drawn into.
#include "sim/calibrate/capacities.hpp"

#include "sim/calibrate/measured_curve.hpp"
#include "tests/calibrate/curves.hpp"

#include <gtest/gtest.h>

#include <map>

namespace drywalk::calibrate::test {
namespace {

std::map<std::string, double> sizes_of(const machine::Profile& profile, const std::string& csv)
{
    std::map<std::string, double> sizes;
    for (const Capacity& each : capacities_of(profile, parse_measured(csv, "m.csv").points.back().pattern))
        sizes[each.name] = each.size;
    return sizes;
}

using Sizes = std::map<std::string, double>;

/// skylake_sp: 64 and 1536 entries for 4 KiB pages, 32 KiB of L1D, 1 MiB of L2.
TEST(Capacities, OfABufferAreInKiB)
{
    const machine::Profile skylake = machine("skylake_sp").profile;
    Sizes sizes = sizes_of(skylake, "size_kb,stride_bytes,cycles\n64,64,4\n");
    EXPECT_EQ(sizes.at("L1 TLB"), 256.0);
    EXPECT_EQ(sizes.at("L2 TLB"), 6144.0);
    EXPECT_EQ(sizes.at("L1D"), 32.0);
    EXPECT_EQ(sizes.at("L2"), 1024.0);
    sizes = sizes_of(skylake, "size_kb,stride_bytes,cycles\n64,16384,4\n");
    EXPECT_EQ(sizes.at("L1 TLB"), 1024.0) << "one page of four is touched";
    EXPECT_EQ(sizes.at("L1D"), 32.0) << "all lines want the same sets";
}

TEST(Capacities, OfOneLoadPerPageAreInPagesAndLines)
{
    const machine::Profile skylake = machine("skylake_sp").profile;
    const std::string heading = "pattern,elements,stride_pages,cycles\n";
    Sizes sizes = sizes_of(skylake, heading + "one_line_per_4k_page,64,1,4\n");
    EXPECT_EQ(sizes.at("L1 TLB"), 64.0);
    EXPECT_EQ(sizes.at("L2 TLB"), 1536.0);
    EXPECT_EQ(sizes.at("L1D"), 512.0);
    EXPECT_EQ(sizes_of(skylake, heading + "one_line_per_2m_page,64,1,4\n").at("L1 TLB"), 32.0);
}

TEST(Capacities, OfAGuestCountThePiecesThatItsHostMaps)
{
    machine::Profile skylake = machine("skylake_sp").profile;
    skylake.nested.on = true;
    const std::string csv = "pattern,elements,stride_pages,cycles\none_line_per_2m_page,64,1,4\n";
    EXPECT_EQ(sizes_of(skylake, csv).at("L1 TLB"), 64.0);
}

} // namespace
} // namespace drywalk::calibrate::test
