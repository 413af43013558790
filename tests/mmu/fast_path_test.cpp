// SPDX-License-Identifier: MIT
// The fast path is a matter of speed: with and without it every access ends the same way, at the same cost.
#include "tests/mmu/random_history.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using namespace test;

void expect_same(const Translated& fast, const Translated& slow)
{
    EXPECT_EQ(fast.permitted, slow.permitted);
    EXPECT_EQ(fast.physical, slow.physical);
    EXPECT_EQ(fast.fault, slow.fault);
    EXPECT_EQ(fast.cycles, slow.cycles);
    EXPECT_EQ(fast.source, slow.source);
    EXPECT_EQ(fast.stale, slow.stale);
}

TEST(FastPath, ChangesNoOutcomeAndNoCost)
{
    for (const NamedProfile& machine : machines()) {
        SCOPED_TRACE(machine.name);
        for (std::uint64_t seed = 1; seed <= 100 && !testing::Test::HasFailure(); ++seed) {
            SCOPED_TRACE(seed);
            History fast{machine.profile, seed};
            History slow{machine.profile, seed, false};
            for (int step = 0; step < 1'000 && !testing::Test::HasFailure(); ++step) {
                for (History* const history : {&fast, &slow}) {
                    if (step % 5 == 0 && step / 100 % 2 == 0) history->edit_tables();
                    if (step % 7 == 0) history->operate();
                }
                expect_same(fast.access(), slow.access());
            }
            EXPECT_EQ(fast.ledger(), slow.ledger());
        }
    }
}

} // namespace
} // namespace drywalk::mmu
