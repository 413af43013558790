// SPDX-License-Identifier: MIT
// What is concluded from native curves: agreement, difference, and what no curve shows.
#include "sim/calibrate/findings.hpp"

#include "tests/calibrate/curves.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate::test {
namespace {

using Verdict = Finding::Verdict;

/// A machine with 512 lines at 4 cycles, then 14; `tlb` entries for pages, then 7 cycles more; from `second_tlb` on 50.
Comparison machine_with(std::uint64_t tlb, std::uint64_t second_tlb = ~std::uint64_t{0})
{
    MeasuredCurves curves{"elements", {}};
    for (const char* series : {"packed_lines", "one_line_per_4k_page"}) {
        for (std::uint64_t size = 8; size <= 4096; size *= 2) {
            for (const std::uint64_t step : {size, size + size / 2}) {
                Pattern pattern;
                pattern.series = series;
                pattern.size = pattern.elements = step;
                pattern.spacing = 64;
                const bool pages = pattern.series == "one_line_per_4k_page";
                const double data = step <= 512 ? 4.0 : 14.0;
                curves.points.push_back({pattern, data + (!pages || step <= tlb ? 0.0
                                                          : step <= second_tlb  ? 7.0
                                                                                : 50.0)});
            }
        }
    }
    std::size_t next = 0;
    return compare(curves, [&](const Pattern&) { return curves.points[next++].cycles; });
}

TEST(Findings, AgreeWithTheMachineThatWasMeasured)
{
    const std::vector<Finding> findings = findings_of(machine_with(72), machine("zen4").profile, false);
    ASSERT_EQ(findings.size(), 7U);
    for (std::size_t index = 0; index < 6; ++index)
        EXPECT_EQ(findings[index].verdict, Verdict::agrees) << findings[index].what;
    EXPECT_EQ(findings[3].measured, "64 to 95");
    EXPECT_EQ(findings[6].verdict, Verdict::undetermined) << "the curve ends before";
}

TEST(Findings, DifferFromAnotherMachine)
{
    const std::vector<Finding> findings = findings_of(machine_with(200), machine("zen4").profile, false);
    EXPECT_EQ(findings[3].verdict, Verdict::differs);
    EXPECT_EQ(findings[3].measured, "192 to 255");
    EXPECT_EQ(findings[3].remark, "the simulated curve bends after 192");
}

/// A guest's walks put entries of the host's tables into the second level, so that it is full early.
TEST(Findings, DoNotBlameASecondLevelThatAHostUses)
{
    machine::Profile profile = machine("zen4").profile;
    profile.l2_data[0].ways = 4; // 1024 entries where the curve is level up to 2048
    const Comparison measured = machine_with(72, 2048);
    EXPECT_EQ(findings_of(measured, profile, false)[6].verdict, Verdict::differs);
    const Finding as_guest = findings_of(measured, profile, true)[6];
    EXPECT_EQ(as_guest.verdict, Verdict::undetermined);
    EXPECT_EQ(as_guest.measured, "2048 to 3071");
}

TEST(Findings, SayWhatCouldNotBeDetermined)
{
    NativeCurves native;
    native.core_ghz = 3.68;
    native.large_pages = LargePages::fragmented;
    native.hypervisor = true;
    native.complete = false;
    native.curves.points.resize(20);
    native.disturbed = 3;
    native.untrustworthy = 2;
    const std::string text = findings_text(findings_of({}, machine("zen4").profile, false), native);
    for (const char* part :
         {"3.68 GHz", "not determined", "4 KiB pieces", "a hypervisor runs this machine", "time ran out",
          "could not be pinned", "3 of 20 points were interrupted", "2 of 20 points were preempted"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part;
    }
}

} // namespace
} // namespace drywalk::calibrate::test
