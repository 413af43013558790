// SPDX-License-Identifier: MIT
// The oracle and the explorer agree on random traces: verdicts, tables, witnesses. oracle_explorer_long does more.
#include "tests/oracle/agreement.hpp"

#include "tests/oracle/explorer.hpp"
#include "tests/oracle/random_traces.hpp"

#include <gtest/gtest.h>

namespace drywalk::oracle::test {
namespace {

class EveryVendor : public testing::TestWithParam<x86::Vendor> {};

/// The comparison is worth what its traces provoke.
TEST_P(EveryVendor, OracleAndExplorerAgree)
{
    const Comparison comparison = compare_on_random_traces(7, GetParam(), 4'000, 1);
    EXPECT_EQ(comparison.disagreements, 0U) << comparison.first;
    for (const Verdict verdict :
         {Verdict::ok, Verdict::architectural_fault, Verdict::stale_translation, Verdict::stale_permission,
          Verdict::stale_memory_type, Verdict::lost_dirty, Verdict::released_while_reachable, Verdict::lost_accessed}) {
        EXPECT_GE(comparison.verdicts.count(verdict), 1U) << name_of(verdict);
    }
    const bool reports_spurious_faults = !promises_as_amd(GetParam());
    EXPECT_EQ(comparison.verdicts.contains(Verdict::spurious_fault), reports_spurious_faults);
}

INSTANTIATE_TEST_SUITE_P(Vendors, EveryVendor,
                         testing::Values(x86::Vendor::intel, x86::Vendor::amd, x86::Vendor::amd_tce,
                                         x86::Vendor::portable));

TEST(Minimised, KeepsWhatIsNeeded)
{
    Trace trace = TraceGenerator{3, x86::Vendor::intel}.next();
    trace.events.push_back({});
    const Trace shortest = minimised(trace, [](const Trace& candidate) {
        return !candidate.events.empty() && candidate.events.back().kind == EventKind::mark;
    });
    EXPECT_EQ(shortest.events.size(), 1U);
}

} // namespace
} // namespace drywalk::oracle::test
