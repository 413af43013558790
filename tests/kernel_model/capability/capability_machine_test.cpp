// SPDX-License-Identifier: MIT
// A few of the random programs on real emulators; capability_machine_campaign runs as many as one likes.
#include "tests/kernel_model/capability/machine_campaign.hpp"

#include <gtest/gtest.h>

namespace drywalk::reference {
namespace {

class Machine : public testing::TestWithParam<boot::Target> {};

TEST_P(Machine, LosesAndLeaksNoWrite)
{
    if (const auto missing = missing_for(GetParam())) GTEST_SKIP() << *missing;
    const auto result = run_campaign({.target = GetParam(), .kernel = DRYWALK_KERNEL_ELF, .first = 20, .count = 5});
    EXPECT_EQ(result.failures, 0U) << result.first_failure;
    EXPECT_GT(result.observations, 100U);
}

INSTANTIATE_TEST_SUITE_P(Emulators, Machine, testing::Values(boot::Target::qemu, boot::Target::bochs),
                         [](const auto& about) { return std::string{target_name(about.param)}; });

} // namespace
} // namespace drywalk::reference
