// SPDX-License-Identifier: MIT
#include "models/oracle/effort.hpp"

#include "models/oracle/oracle.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace drywalk::oracle {
namespace {

using x86::PhysicalAddress;

TEST(Effort, StartsAnewWithEachEvent)
{
    Effort effort;
    for (EventIndex event = 0; event < 3; ++event) {
        for (std::size_t entry = 0; entry < Effort::bound; ++entry)
            effort.spend(event);
    }
    EXPECT_THROW(effort.spend(2), std::length_error);
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
