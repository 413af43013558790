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

/// What was cached while CR4.PKE was clear has no key, and may permit an access and deny it.
TEST_P(WitnessOfEveryVendor, KnowsEntriesWithoutAKey)
{
    const auto event = [](EventKind kind, std::uint64_t address, std::uint64_t value) {
        Event made;
        made.kind = kind;
        made.address = address;
        made.value = value;
        return made;
    };
    const auto store = [&](std::uint64_t address, std::uint64_t value) {
        return event(EventKind::store, address, value);
    };
    constexpr std::uint64_t paging = x86::Cr4::pae | x86::Cr4::pge;
    constexpr std::uint64_t key_1 = std::uint64_t{1} << 59;
    Trace trace;
    trace.configuration.mode = default_mode();
    trace.configuration.mode.cr4 = {paging | x86::Cr4::pke};
    trace.configuration.mode.pkrs = 0xf9; // denies key 0 everything, key 1 writes
    trace.events = {store(0x1008, 0x4027),
                    store(0x4000, 0xa003),
                    store(0xa000, 0xc007),
                    event(EventKind::mov_cr3, 0, 0x1000),
                    event(EventKind::mov_cr4, 0, paging),
                    store(0xc008, 0x100143 | key_1),
                    event(EventKind::mov_cr4, 0, paging | x86::Cr4::pke | x86::Cr4::pks),
                    event(EventKind::read, 0x80'0000'1000, 0)};
    trace.configuration.vendor = GetParam();
    EXPECT_EQ(wrong_witness(trace, judged(trace)), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Vendors, WitnessOfEveryVendor,
                         testing::Values(x86::Vendor::intel, x86::Vendor::amd, x86::Vendor::amd_tce,
                                         x86::Vendor::portable));

} // namespace
} // namespace drywalk::oracle::test
