// SPDX-License-Identifier: MIT
// No observable write is ever lost or leaked: whatever the policies, the kernel does what the program means. And the
// test can fail: each mistake that a scenario can choose, and some that it cannot, are found out.
#include "tests/kernel_model/capability/campaign.hpp"
#include "tests/kernel_model/capability/comparison.hpp"
#include "tests/kernel_model/capability/minimise.hpp"
#include "tests/kernel_model/capability/random_programs.hpp"
#include "tests/kernel_model/capability/simulated_run.hpp"

#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace drywalk::reference {
namespace {

using kernel::Counter;
using kernel::ObservationKind;

std::uint64_t count(const CampaignResult& result, ObservationKind kind)
{
    return result.observations.at(static_cast<std::size_t>(kind));
}
std::uint64_t count(const CampaignResult& result, Counter counter)
{
    return result.counters.at(static_cast<std::size_t>(counter));
}

TEST(Property, NoWriteIsLostOrLeaked)
{
    const CampaignResult result = run_campaign({.first = 0, .count = 10'000, .judged_every = 20});
    ASSERT_EQ(result.failure, "");
    EXPECT_EQ(result.programs, 10'000U);
    EXPECT_EQ(result.judged, 500U);

    // What the programs exercise; a generator that no longer does would pass for no reason.
    using enum ObservationKind;
    for (const ObservationKind kind :
         {value, page_fault, ran, refused, cap, entered, call_refused, state, left, faulted, slot_set}) {
        EXPECT_GT(count(result, kind), 100U) << static_cast<unsigned>(kind);
    }
    EXPECT_GT(result.published, 10'000U);
    using enum Counter;
    for (const Counter counter : {copy_on_writes, pages_brought_in, pages_copied, runtimes_reused, runtimes_dropped,
                                  caps_published, caps_found, caps_evicted, caps_brought_again}) {
        EXPECT_GT(count(result, counter), 100U) << static_cast<unsigned>(counter);
    }
}

/// In a process of its own: a kernel that reads the wrong bytes may break its invariants and end the process.
bool goes_wrong(const machine::Profile& profile, const Sketch& sketch, Check check_one)
{
    const pid_t child = fork();
    if (child == 0) {
        if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
        _exit(check_one(profile, sketch).problem.empty() ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/// How many of the first `programs` go wrong on the roomy machine if `spoil` changes their policies.
template <typename Spoil>
unsigned going_wrong(unsigned programs, Check check_one, Spoil&& spoil)
{
    unsigned found = 0;
    for (std::uint64_t seed = 0; seed < programs; ++seed) {
        Sketch sketch = random_program(seed);
        spoil(sketch);
        if (goes_wrong(test_profiles().front().profile, sketch, check_one)) ++found;
    }
    return found;
}

TEST(Mistakes, PcidsWithoutFlushesAreSeenOnARoomyMachine)
{
    EXPECT_GT(going_wrong(100, check,
                          [](Sketch& sketch) { sketch.policies.space_switch = kernel::SpaceSwitch::pcid_no_flush; }),
              10U);
}

TEST(Mistakes, StaleTemplatesAreSeenOnARoomyMachine)
{
    const auto spoil = [](Sketch& sketch) {
        if (sketch.policies.arena == kernel::Arena::copied) sketch.policies.arena = kernel::Arena::shared;
        sketch.discipline = kernel::Discipline::global_no_flush;
    };
    EXPECT_GT(going_wrong(100, check, spoil), 10U);
}

TEST(Mistakes, CarelessEvictionIsSeenInACrowd)
{
    unsigned crowded = 0;
    unsigned found = 0;
    for (std::uint64_t seed = 0; crowded < 20; ++seed) {
        Sketch sketch = random_program(seed);
        if (sketch.caps.size() < 60) continue;
        ++crowded;
        sketch.policies.eviction = kernel::Eviction::careless;
        if (goes_wrong(test_profiles().front().profile, sketch, check)) ++found;
    }
    EXPECT_GT(found, 0U);
}

/// The processor would have to be unlucky, and the judge is.
TEST(Mistakes, TheMissingInvlpgOfCopyOnWriteIsJudged)
{
    const auto spoil = [](Sketch& sketch) { sketch.policies.cow_invlpg = 0; };
    EXPECT_GT(going_wrong(100, check_judged, spoil), 5U);
}

/// Every kind of observation, changed in one place, in a real run.
TEST(Mistakes, AChangedObservationIsSeen)
{
    const machine::Profile& profile = test_profiles().front().profile;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Sketch sketch = random_program(seed);
        const auto expected = expected_observations(sketch.bytes());
        auto reported = simulate(profile, sketch);
        for (kernel::Observation& observation : reported) {
            if (!has_meaning(observation.kind)) continue;
            observation.a ^= 1;
            EXPECT_TRUE(first_difference(expected, reported)) << seed;
            observation.a ^= 1;
        }
        EXPECT_FALSE(first_difference(expected, reported));
    }
}

TEST(Minimise, LeavesWhatTheFailureNeeds)
{
    const auto fails = [](const Sketch& sketch) {
        return std::ranges::count(sketch.operations, kernel::OperationKind::run, &kernel::OperationRecord::kind) >= 2;
    };
    const Sketch small = minimised(random_program(3), fails);
    EXPECT_EQ(small.operations.size(), 2U);
    EXPECT_TRUE(small.slots.empty());
}

} // namespace
} // namespace drywalk::reference
