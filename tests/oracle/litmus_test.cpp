// SPDX-License-Identifier: MIT
// The litmus library: every small trace gets the verdicts that expected.json states, from the oracle, from the
// explorer, and from the reader and judge behind `drywalk check`.
#include "tests/oracle/explorer.hpp"
#include "tests/oracle/trace.hpp"

#include "sim/judge/trace_judge.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

namespace drywalk::oracle::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path folder = source_tree() / "scenarios/litmus";

/// Verdicts by event.
using Steps = std::map<std::uint64_t, std::string>;

struct Case {
    std::string name;
    Steps steps;
    json text;

    [[nodiscard]] fs::path file() const { return folder / (name + ".jsonl"); }
    [[nodiscard]] bool bad() const { return name.starts_with("bad_"); }
};

[[nodiscard]] std::vector<Case> read_cases()
{
    std::ifstream stream{folder / "expected.json"};
    std::vector<Case> cases;
    const json document = json::parse(stream);
    for (const auto& [name, text] : document.items()) {
        Case litmus{name, {}, text};
        for (const json& step : text.at("steps"))
            litmus.steps[step.at("event")] = step.at("verdict");
        cases.push_back(litmus);
    }
    return cases;
}

[[nodiscard]] Steps steps_of(const Verdicts& verdicts)
{
    Steps steps;
    for (std::size_t i = 0; i != verdicts.size(); ++i) {
        if (verdicts[i]) steps[i] = name_of(*verdicts[i]);
    }
    return steps;
}

[[nodiscard]] bool names_violation(const std::string& verdict)
{
    const std::set<std::string> harmless{
        "ok", "architectural-fault", "spurious-fault", "lost-accessed", "released-while-parked", "pcid-recycled"};
    return !harmless.contains(verdict);
}

class Litmus : public testing::TestWithParam<Case> {};

TEST_P(Litmus, OracleSaysWhatIsExpected)
{
    EXPECT_EQ(steps_of(judge_all<Oracle>(read_trace(GetParam().file()))), GetParam().steps);
}

TEST_P(Litmus, ExplorerSaysWhatIsExpected)
{
    EXPECT_EQ(steps_of(judge_all<Explorer>(read_trace(GetParam().file()))), GetParam().steps);
}

TEST_P(Litmus, CheckFindsWhatIsExpected)
{
    const judge::TraceVerdict verdict = judge::judge_file(GetParam().file().string());
    Steps found;
    for (const judge::Finding& finding : verdict.violations.kept)
        found.emplace(finding.event.index, name_of(finding.verdict)); // the worst comes first
    for (const judge::Finding& finding : verdict.warnings.kept)
        found.emplace(finding.event.index, name_of(finding.verdict)); // the worst comes first
    Steps expected = GetParam().steps;
    std::erase_if(expected,
                  [](const auto& step) { return step.second == "ok" || step.second == "architectural-fault"; });
    EXPECT_EQ(found, expected);
    EXPECT_EQ(verdict.clean(), !GetParam().bad());
}

TEST_P(Litmus, NameTellsTheVerdict)
{
    const Steps& steps = GetParam().steps;
    const bool violated =
        std::any_of(steps.begin(), steps.end(), [](const auto& step) { return names_violation(step.second); });
    EXPECT_EQ(violated, GetParam().bad());
    EXPECT_TRUE(GetParam().bad() || GetParam().name.starts_with("good_"));
}

TEST_P(Litmus, SaysWhereItComesFrom)
{
    EXPECT_FALSE(GetParam().text.at("title").get<std::string>().empty());
    EXPECT_FALSE(GetParam().text.at("manual").get<std::string>().empty());
    std::ifstream stream{GetParam().file()};
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    EXPECT_NE(text.find("\"note\": "), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Library, Litmus, testing::ValuesIn(read_cases()), [](const auto& param) {
    std::string name = param.param.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

/// A trace that nobody states the verdicts of would never be judged.
TEST(LitmusLibrary, EveryTraceIsExpected)
{
    std::size_t traces = 0;
    for (const auto& file : fs::directory_iterator{folder})
        traces += file.path().extension() == ".jsonl" ? 1U : 0U;
    EXPECT_EQ(traces, read_cases().size());
    EXPECT_GT(traces, 190U);
}

} // namespace
} // namespace drywalk::oracle::test
