// SPDX-License-Identifier: MIT
// What is concluded from native curves: agreement, difference, and what no curve shows.
#include "sim/calibrate/findings.hpp"

#include "tests/calibrate/curves.hpp"

#include <gtest/gtest.h>

namespace drywalk::calibrate::test {
namespace {

using Verdict = Finding::Verdict;

/// A machine with 512 lines at 4 cycles, then 14; `tlb` entries for pages, then 7 cycles more.
Comparison machine_with(std::uint64_t tlb)
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
                curves.points.push_back({pattern, data + (pages && step > tlb ? 7.0 : 0.0)});
            }
        }
    }
    std::size_t next = 0;
    return compare(curves, [&](const Pattern&) { return curves.points[next++].cycles; });
}

TEST(Findings, AgreeWithTheMachineThatWasMeasured)
{
    const std::vector<Finding> findings = findings_of(machine_with(72), machine("zen4").profile);
    ASSERT_EQ(findings.size(), 7U);
    for (std::size_t index = 0; index < 6; ++index)
        EXPECT_EQ(findings[index].verdict, Verdict::agrees) << findings[index].what;
    EXPECT_EQ(findings[3].measured, "64 to 95");
    EXPECT_EQ(findings[6].verdict, Verdict::undetermined) << "the curve ends before";
}

TEST(Findings, DifferFromAnotherMachine)
{
    const std::vector<Finding> findings = findings_of(machine_with(200), machine("zen4").profile);
    EXPECT_EQ(findings[3].verdict, Verdict::differs);
    EXPECT_EQ(findings[3].measured, "192 to 255");
    EXPECT_EQ(findings[3].remark, "the simulated curve bends after 192");
}

TEST(Findings, SayWhatCouldNotBeDetermined)
{
    NativeCurves native;
    native.core_ghz = 3.68;
    native.large_pages = LargePages::fragmented;
    native.hypervisor = true;
    native.complete = false;
    const std::string text = findings_text(findings_of({}, machine("zen4").profile), native);
    for (const char* part : {"3.68 GHz", "not determined", "4 KiB pieces", "a hypervisor runs this machine",
                             "time ran out", "could not be pinned"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part;
    }
}

} // namespace
} // namespace drywalk::calibrate::test
