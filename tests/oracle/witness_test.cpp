// SPDX-License-Identifier: MIT
// The events that findings name, against brute force on random traces; and advice, put in and judged again.
#include "tests/oracle/witnesses.hpp"

#include <gtest/gtest.h>

namespace drywalk::oracle::test {
namespace {

class WitnessOfEveryVendor : public testing::TestWithParam<x86::Vendor> {};

TEST_P(WitnessOfEveryVendor, NamesTheEventsThatBruteForceNames)
{
    const WitnessCount count = witnesses_of_random_traces(21, GetParam(), 3'000, 1);
    EXPECT_EQ(count.wrong, 0U) << count.first;
    for (const Verdict verdict : {Verdict::stale_translation, Verdict::stale_permission, Verdict::lost_dirty,
                                  Verdict::released_while_reachable, Verdict::lost_accessed}) {
        EXPECT_GE(count.findings.count(verdict), 1U) << name_of(verdict);
    }
}

TEST_P(WitnessOfEveryVendor, AdviceCuresAtEveryPlaceOfItsRange)
{
    const AdviceCount count = advice_of_random_traces(22, GetParam(), 500);
    EXPECT_GT(count.findings, 100U);
    EXPECT_EQ(count.cured + count.without_remedy, count.findings) << count.first;
}

INSTANTIATE_TEST_SUITE_P(Vendors, WitnessOfEveryVendor,
                         testing::Values(x86::Vendor::intel, x86::Vendor::amd, x86::Vendor::amd_tce,
                                         x86::Vendor::portable));

} // namespace
} // namespace drywalk::oracle::test
