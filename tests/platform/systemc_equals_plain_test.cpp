// SPDX-License-Identifier: MIT
// The SystemC platform gives what the processor on plain caches gives. (isolated_test does so for every machine.)
#include "sim/platform/systemc_platform.hpp"

#include "sim/platform/plain_platform.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

namespace drywalk::platform {
namespace {

using namespace test;

TEST(SystemcPlatform, EqualsThePlainOneInEverything)
{
    const machine::Profile profile = machine("skylake_sp");
    const std::vector<std::byte> program = mixed(Discipline::global_no_flush).bytes();
    PlatformOptions options;
    options.cpu = recording();
    const RunResult plain = run_plain(profile, some_costs, program, options.cpu);
    ASSERT_GT(plain.counts.stale.loads, 0U);
    EXPECT_TRUE(same(run_systemc(profile, some_costs, program, options), plain));
}

} // namespace
} // namespace drywalk::platform
