// SPDX-License-Identifier: MIT
// What a comparison says as text and as JSON.
#include "sim/calibrate/report.hpp"

#include "tests/calibrate/curves.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::calibrate::test {
namespace {

TEST(CalibrateReport, ShowsPointsErrorsPlateausAndAssumptions)
{
    const machine::Machine skylake = machine("skylake_sp");
    const std::string text = text_report(small_comparison(), {skylake, "m.csv", {}});
    for (const char* part :
         {"skylake_sp against m.csv, random frames, seed 1", "+20.0 %", "20.0 %", "10.0 %", "plateaus", "worst points",
          "without the L1D plateau", "! /costs/walk_start = 17 cycles"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part;
    }
    EXPECT_EQ(text.find("! /costs/mov_cr3"), std::string::npos) << "no chase writes CR3";
}

TEST(CalibrateReport, BrieflyLeavesThePointsOut)
{
    const machine::Machine skylake = machine("skylake_sp");
    const std::string text = text_report(small_comparison(), {skylake, "m.csv", {}}, Detail::brief);
    EXPECT_NE(text.find("worst points"), std::string::npos);
    EXPECT_EQ(text.find("packed_lines, cycles per load"), std::string::npos);
}

TEST(CalibrateReport, SaysThatTheMachineIsAGuest)
{
    machine::Machine zen4 = machine("zen4");
    zen4.profile.nested.on = true;
    const Subject subject{zen4, "m.csv", {}};
    EXPECT_TRUE(
        text_report(small_comparison(), subject).starts_with("zen4 as a guest with 4k host pages against m.csv"));
    EXPECT_EQ(nlohmann::json::parse(json_report(small_comparison(), subject)).at("nested").at("host_page_size"), "4k");
}

TEST(CalibrateReport, IsJsonForTools)
{
    const machine::Machine skylake = machine("skylake_sp");
    const auto document = nlohmann::json::parse(json_report(small_comparison(), {skylake, "m.csv", {}}));
    EXPECT_EQ(document.at("machine"), "skylake_sp");
    EXPECT_TRUE(document.at("nested").is_null());
    EXPECT_EQ(document.at("goals").at("plateaus").size(), 0U) << "nobody said what served these points";
    EXPECT_EQ(document.at("judged_bytes"), 64 << 20);
    EXPECT_NEAR(document.at("error_without_l1d_plateau").at("mean_absolute").get<double>(), 0.1, 1e-12);
    EXPECT_EQ(document.at("curves").size(), 2U);
    EXPECT_NEAR(document.at("curves")[1].at("error").at("mean_absolute").get<double>(), 0.2, 1e-12);
    EXPECT_EQ(document.at("curves")[0].at("points")[3].at("size"), 64);
    EXPECT_EQ(document.at("curves")[0].at("plateaus")[0].at("simulated").at("cycles"), 10.0);
    EXPECT_TRUE(document.at("curves")[1].at("plateaus")[0].at("simulated").is_object()) << "20 % is near enough";
}

} // namespace
} // namespace drywalk::calibrate::test
