// SPDX-License-Identifier: MIT
// Lines by event: what was put in is found again, what was not is not, and it takes little.
#include "sim/platform/origin_log.hpp"

#include <gtest/gtest.h>

namespace drywalk::platform {
namespace {

constexpr const char* file = "kernel_model/core/kernel.cpp";

TEST(OriginLog, AnEmptyLogKnowsNoEvent) { EXPECT_EQ(OriginLog{}.at(0), SourceLine{}); }

TEST(OriginLog, FindsEachEventAndNoneBetween)
{
    OriginLog log;
    for (std::uint32_t entry = 0; entry < 1000; ++entry)
        log.append(std::uint64_t{entry} * entry, {file, entry % 300 + 1});
    for (std::uint32_t entry = 0; entry < 1000; ++entry) {
        const std::uint64_t event = std::uint64_t{entry} * entry;
        EXPECT_EQ(log.at(event), (SourceLine{file, entry % 300 + 1})) << event;
        if (entry > 1) {
            EXPECT_EQ(log.at(event - 1), SourceLine{}) << event;
        }
    }
    EXPECT_EQ(log.at(1'000'000), SourceLine{});
}

TEST(OriginLog, AnEntryTakesAboutTwoBytes)
{
    OriginLog log;
    for (std::uint64_t event = 0; event < 1'000'000; ++event)
        log.append(event, {file, static_cast<std::uint32_t>(event % 7 + 1)});
    EXPECT_LT(log.bytes(), 2'500'000U);
}

} // namespace
} // namespace drywalk::platform
