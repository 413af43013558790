// SPDX-License-Identifier: MIT
// Over random histories: an access is called stale exactly if a walk of the tables would have ended otherwise, and
// software that flushes everything after each edit never sees a stale one.
#include "tests/mmu/random_history.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using namespace test;

TEST(Staleness, IsReportedExactlyWhenTheTablesWouldDecideOtherwise)
{
    for (const NamedProfile& machine : machines()) {
        SCOPED_TRACE(machine.name);
        int stale = 0;
        for (std::uint64_t seed = 1; seed <= 20 && !testing::Test::HasFailure(); ++seed) {
            SCOPED_TRACE(seed);
            History history{machine.profile, seed};
            for (int step = 0; step < 2'000 && !testing::Test::HasFailure(); ++step) {
                if (step % 5 == 0) history.edit_tables();
                if (step % 7 == 0) history.operate();
                stale += history.access_and_judge() ? 1 : 0;
            }
        }
        EXPECT_GT(stale, 100); // otherwise the property was never put to the test
    }
}

TEST(Staleness, NeverHappensToSoftwareThatFlushesEverythingAfterEachEdit)
{
    for (const NamedProfile& machine : machines()) {
        SCOPED_TRACE(machine.name);
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            SCOPED_TRACE(seed);
            History history{machine.profile, seed};
            for (int step = 0; step < 2'000; ++step) {
                if (step % 5 == 0) {
                    history.edit_tables();
                    history.flush_everything();
                }
                if (step % 7 == 0) {
                    history.operate();
                    history.flush_everything(); // a MOV CR3 under which global entries stay is an edit as well
                }
                ASSERT_FALSE(history.access_and_judge());
            }
        }
    }
}

} // namespace
} // namespace drywalk::mmu
