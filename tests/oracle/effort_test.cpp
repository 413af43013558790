// SPDX-License-Identifier: MIT
#include "models/oracle/effort.hpp"

#include "models/oracle/oracle.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace drywalk::oracle {
namespace {

using x86::PhysicalAddress;

TEST(Effort, IsIncomePerEventAndSavings)
{
    Effort effort;
    effort.spend(0, Effort::savings);
    EXPECT_THROW(effort.spend(0), std::length_error);
    const std::uint64_t income = Effort::income + Effort::per_cpu;
    effort.spend(3, 3 * income);
    EXPECT_THROW(effort.spend(3), std::length_error);
    effort.spend(1'000'000'000, Effort::savings);
    EXPECT_THROW(effort.spend(1'000'000'000), std::length_error);
}

TEST(Effort, BoundsTheStaleEntriesThatAreRemembered)
{
    EXPECT_NO_THROW(Effort::check_deviations(Effort::most_deviations));
    EXPECT_THROW(Effort::check_deviations(Effort::most_deviations + 1), std::length_error);
}

TEST(Effort, EndsATraceWhoseTablesLeadToThemselvesInHundredsOfWays)
{
    Configuration configuration;
    configuration.mode.cr3 = {0x1000};
    Oracle oracle{configuration};
    const auto map_to_itself = [&] {
        for (std::uint64_t entry = 0; entry < x86::entries_per_table; ++entry) {
            oracle.store(0, PhysicalAddress{0x1000 + entry * x86::entry_bytes}, 0x1027);
        }
    };
    EXPECT_THROW(map_to_itself(), std::length_error);
}

TEST(Effort, FollowsOneSelfMapEntryWithoutComplaint)
{
    Configuration configuration;
    configuration.mode.cr3 = {0x1000};
    Oracle oracle{configuration};
    oracle.store(0, PhysicalAddress{0x1ff8}, 0x1027);
    oracle.store(0, PhysicalAddress{0x1000}, 0x2027);
    oracle.store(0, PhysicalAddress{0x1000}, 0);
    EXPECT_NE(oracle.live_deviations(), 0U);
}

} // namespace
} // namespace drywalk::oracle
