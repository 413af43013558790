// SPDX-License-Identifier: MIT
// Every scenario in the project is a test: it runs, its expectations hold, and its categories sum to its cycles.
#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

namespace drywalk::cli {
namespace {

using namespace test;
using nlohmann::json;

std::uint64_t sum_of(const json& categories)
{
    std::uint64_t sum = 0;
    for (const auto& [name, line] : categories.items())
        sum += line.at("cycles").get<std::uint64_t>();
    return sum;
}

void expect_sums(const json& row)
{
    const json& cycles = row.at("cycles");
    EXPECT_EQ(sum_of(row.at("workload_categories")), cycles.at("workload")) << row.at("discipline");
    EXPECT_EQ(sum_of(row.at("setup_categories")), cycles.at("setup")) << row.at("discipline");
    EXPECT_EQ(cycles.at("setup").get<std::uint64_t>() + cycles.at("workload").get<std::uint64_t>(), cycles.at("total"));
}

std::uint64_t stale_uses(const json& row)
{
    const json& stale = row.at("counts").at("stale");
    return stale.at("loads").get<std::uint64_t>() + stale.at("stores").get<std::uint64_t>() +
           stale.at("calls").get<std::uint64_t>();
}

std::uint64_t violations(const json& row) { return row.at("judge").at("violations").get<std::uint64_t>(); }

/// A study is there for its size: here it has to show only that it runs and sums.
std::vector<std::string> arguments_for(const fs::path& file)
{
    std::vector<std::string> arguments{"run", file.string(), "--no-sweep", "--format", "json"};
    if (file.stem().string().starts_with("study_")) {
        arguments.insert(arguments.end(), {"--oracle", "off", "--discipline", "not_global"});
    }
    return arguments;
}

class ShippedScenario : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(Scenarios, ShippedScenario, testing::ValuesIn(shipped_scenarios()),
                         [](const auto& file) { return file.param.stem().string(); });

TEST_P(ShippedScenario, MeetsItsExpectationsAndSums)
{
    const Program program;
    const Ran ran = program.run(arguments_for(GetParam()));
    ASSERT_EQ(ran.status, 0) << ran.err << ran.out;
    const json document = json::parse(ran.out);
    EXPECT_EQ(document.at("scenario"), GetParam().stem().string());
    EXPECT_TRUE(document.at("failed_expectations").empty());
    ASSERT_FALSE(document.at("rows").empty());
    for (const json& row : document.at("rows"))
        expect_sums(row);
}

/// The names promise something: good ones show no stale use and no violation under any of their disciplines, bad ones
/// one or the other.
TEST_P(ShippedScenario, ShowsWhatItsNamePromises)
{
    const std::string name = GetParam().stem().string();
    if (!name.starts_with("good_") && !name.starts_with("bad_")) return;
    const Program program;
    const json document = json::parse(program.run({"run", GetParam().string(), "--no-sweep", "--format", "json"}).out);
    bool any_bad = false;
    for (const json& row : document.at("rows")) {
        if (name.starts_with("good_")) {
            EXPECT_EQ(stale_uses(row), 0U) << row.at("discipline");
            EXPECT_EQ(violations(row), 0U) << row.at("discipline");
        }
        any_bad = any_bad || stale_uses(row) != 0 || violations(row) != 0;
    }
    EXPECT_EQ(any_bad, name.starts_with("bad_"));
}

TEST(Sweep, SumsAtEveryPoint)
{
    const Program program;
    const Ran ran = program.run(
        {"run", (scenarios / "cross_image_stale_global.json").string(), "--format", "json", "--oracle", "off"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const json document = json::parse(ran.out);
    EXPECT_EQ(document.at("sweep").size(), 6U * 7);
    for (const json& row : document.at("sweep"))
        expect_sums(row);
}

} // namespace
} // namespace drywalk::cli
