// SPDX-License-Identifier: MIT
// Temporal decoupling changes nothing: a quantum of one cycle gives what the default gives.
#include "sim/platform/plain_platform.hpp"
#include "sim/platform/systemc_platform.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

namespace drywalk::platform {
namespace {

using namespace test;

TEST(SystemcPlatform, AQuantumOfOneCycleEqualsTheDefault)
{
    const machine::Profile profile = machine("zen4");
    const std::vector<std::byte> program = mixed(Discipline::global_invlpg_partial).bytes();
    const RunResult decoupled = run_plain(profile, some_costs, program, recording());
    PlatformOptions every_cycle;
    every_cycle.cpu = with_quantum(1, recording());
    EXPECT_TRUE(same(run_systemc(profile, some_costs, program, every_cycle), decoupled));
}

} // namespace
} // namespace drywalk::platform
