// SPDX-License-Identifier: MIT
// The order of a chase: each element once a lap, another order for another seed.
#include "sim/calibrate/random_order.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <vector>

namespace drywalk::calibrate {
namespace {

TEST(RandomOrder, VisitsEveryNumberOnceALap)
{
    for (const std::uint64_t count : {1U, 2U, 3U, 5U, 64U, 73U, 1000U, 4096U, 98'304U}) {
        const RandomOrder order{count, 7};
        std::vector<bool> seen(count);
        for (std::uint64_t position = 0; position < count; ++position) {
            ASSERT_LT(order[position], count);
            ASSERT_FALSE(seen[order[position]]) << order[position] << " of " << count << " twice";
            seen[order[position]] = true;
        }
    }
}

/// Following the order as links comes back to the start after all elements and no sooner.
TEST(RandomOrder, AsLinksIsOneCycle)
{
    constexpr std::uint64_t count = 12'289;
    const RandomOrder order{count, 3};
    std::vector<std::uint64_t> link(count);
    for (std::uint64_t position = 0; position < count; ++position)
        link[order[position]] = order[(position + 1) % count];
    std::uint64_t steps = 1;
    for (std::uint64_t at = link[0]; at != 0; at = link[at])
        ASSERT_LE(++steps, count);
    EXPECT_EQ(steps, count);
}

TEST(RandomOrder, DependsOnTheSeedAlone)
{
    constexpr std::uint64_t count = 4096;
    const RandomOrder one{count, 1};
    const RandomOrder again{count, 1};
    const RandomOrder other{count, 2};
    unsigned same_place = 0;
    for (std::uint64_t position = 0; position < count; ++position) {
        EXPECT_EQ(one[position], again[position]);
        same_place += one[position] == other[position] ? 1U : 0U;
    }
    EXPECT_LT(same_place, 16U) << "about one is to be expected";
}

/// Steps between random numbers below n are n / 3 on average; neighbours would show order.
TEST(RandomOrder, StepsAreFar)
{
    constexpr std::uint64_t count = 1 << 16;
    const RandomOrder order{count, 5};
    double sum = 0;
    for (std::uint64_t position = 0; position + 1 < count; ++position)
        sum += std::abs(static_cast<double>(order[position + 1]) - static_cast<double>(order[position]));
    EXPECT_NEAR(sum / count, count / 3.0, count / 60.0);
}

} // namespace
} // namespace drywalk::calibrate
