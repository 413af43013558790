// SPDX-License-Identifier: MIT
// Small traces, each with what is right: publicly reported bugs of kernels and their fixes (the numbered ones), and
// reductions of what random comparison found. cases/expected.json says what must hold:
//   violation, warning EVENT KIND   it is reported (KIND null: any)
//   advice EVENT early|late         the advice, right after the event that it names or right before EVENT, cures EVENT
//   advice_all EVENT                all advice that is given for EVENT cures it together
//   established, broken EVENT N     the witness names event N
//   redundant, not_redundant N      event N is, or is not, among the redundant invalidations
//   refused                         the trace cannot be judged as what it is
//   verdict clean|violations, kind KIND, first EVENT   of the whole trace
#include "sim/input/input_error.hpp"
#include "sim/judge/trace_judge.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace drywalk::judge::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Instruction = oracle::Remedy::Instruction;

const fs::path folder = source_tree() / "tests/judge/cases";

struct Case {
    std::string name;
    json expected;
    [[nodiscard]] std::string file() const { return (folder / (name + ".jsonl")).string(); }
};

[[nodiscard]] std::vector<Case> read_cases()
{
    std::ifstream stream{folder / "expected.json"};
    std::vector<Case> cases;
    const json document = json::parse(stream);
    for (const auto& [name, expected] : document.items())
        cases.push_back({name, expected});
    return cases;
}

[[nodiscard]] std::vector<Finding> findings_of(const TraceVerdict& verdict)
{
    std::vector<Finding> all = verdict.violations.kept;
    all.insert(all.end(), verdict.warnings.kept.begin(), verdict.warnings.kept.end());
    return all;
}

[[nodiscard]] std::vector<Finding> findings_at(const TraceVerdict& verdict, std::uint64_t event)
{
    std::vector<Finding> found = findings_of(verdict);
    std::erase_if(found, [&](const Finding& finding) { return finding.event.index != event; });
    return found;
}

/// The instruction of an advice, to be inserted before event `before`.
struct Insertion {
    std::uint64_t before = 0;
    Event event;
};

[[nodiscard]] Insertion insertion_of(const oracle::Remedy& remedy, std::uint64_t before)
{
    Event event;
    event.cpu = remedy.cpu;
    event.va = remedy.linear.value();
    event.type = static_cast<std::uint8_t>(remedy.type);
    event.pcid = remedy.pcid;
    event.value = remedy.value;
    event.kind = remedy.instruction == Instruction::invlpg    ? EventKind::invlpg
                 : remedy.instruction == Instruction::invpcid ? EventKind::invpcid
                                                              : EventKind::mov_cr3;
    return {before, event};
}

/// The findings at `event` of the trace with the insertions.
[[nodiscard]] std::vector<Finding> judged_with(const Case& judged, std::vector<Insertion> insertions,
                                               std::uint64_t event)
{
    trace::TraceReader reader = trace::open_trace(judged.file());
    TraceJudge judge{reader.header()};
    std::uint64_t index = 0;
    std::uint64_t moved = event;
    for (Event next; reader.next(next); ++index) {
        for (const Insertion& insertion : insertions) {
            if (insertion.before != index) continue;
            judge.judge(insertion.event);
            if (index <= event) ++moved;
        }
        judge.judge(next);
    }
    return findings_at(judge.verdict(), moved);
}

/// True if no finding of that kind on that processor is left.
[[nodiscard]] bool cured(const std::vector<Finding>& left, const Finding& finding)
{
    return std::ranges::none_of(
        left, [&](const Finding& other) { return other.verdict == finding.verdict && other.cpu == finding.cpu; });
}

class Cases : public testing::TestWithParam<Case> {
protected:
    void check_advice(const TraceVerdict& verdict, std::uint64_t event, bool early) const
    {
        const std::vector<Finding> findings = findings_at(verdict, event);
        ASSERT_FALSE(findings.empty()) << "no finding at event " << event;
        for (const Finding& finding : findings) {
            ASSERT_NE(finding.remedy.instruction, Instruction::none);
            const std::uint64_t first = finding.remedy.after ? *finding.remedy.after + 1 : 0;
            const auto left = judged_with(GetParam(), {insertion_of(finding.remedy, early ? first : event)}, event);
            EXPECT_TRUE(cured(left, finding)) << missing_invalidation(finding, 2);
        }
    }

    void check_all_advice(const TraceVerdict& verdict, std::uint64_t event) const
    {
        std::vector<Insertion> insertions;
        for (const Finding& finding : findings_at(verdict, event))
            insertions.push_back(insertion_of(finding.remedy, event));
        EXPECT_FALSE(insertions.empty());
        EXPECT_TRUE(judged_with(GetParam(), insertions, event).empty());
    }

    static void check_kind(const Some<Finding>& findings, const json& want)
    {
        const auto is_it = [&](const Finding& finding) {
            return finding.event.index == want[1] && (want[2].is_null() || name_of(finding.verdict) == want[2]);
        };
        EXPECT_TRUE(std::ranges::any_of(findings.kept, is_it)) << want;
    }

    static void check_witness(const TraceVerdict& verdict, const json& want)
    {
        const std::vector<Finding> findings = findings_at(verdict, want[1]);
        ASSERT_FALSE(findings.empty());
        for (const Finding& finding : findings) {
            ASSERT_TRUE(finding.witness);
            const bool broken = want[0] == "broken";
            EXPECT_EQ(broken ? finding.witness->broken_by : finding.witness->established_by, want[2]);
        }
    }

    static void check_redundant(const TraceVerdict& verdict, const json& want)
    {
        const auto is_it = [&](const RedundantInvalidation& one) { return one.event.index == want[1]; };
        EXPECT_EQ(std::ranges::any_of(verdict.redundant_invalidations.kept, is_it), want[0] == "redundant");
    }

    void check(const TraceVerdict& verdict, const json& want) const
    {
        const std::string what = want[0];
        if (what == "violation") return check_kind(verdict.violations, want);
        if (what == "warning") return check_kind(verdict.warnings, want);
        if (what == "advice") return check_advice(verdict, want[1], want[2] == "early");
        if (what == "advice_all") return check_all_advice(verdict, want[1]);
        if (what == "established" || what == "broken") return check_witness(verdict, want);
        if (what == "redundant" || what == "not_redundant") return check_redundant(verdict, want);
        if (what == "verdict") {
            EXPECT_EQ(verdict.clean(), want[1] == "clean");
            return;
        }
        if (what == "kind") {
            const auto is_it = [&](const Finding& finding) { return name_of(finding.verdict) == want[1]; };
            EXPECT_TRUE(std::ranges::any_of(verdict.violations.kept, is_it)) << want;
            return;
        }
        ASSERT_EQ(what, "first");
        ASSERT_FALSE(verdict.violations.kept.empty());
        EXPECT_EQ(verdict.violations.kept.front().event.index, want[1]);
    }
};

TEST_P(Cases, AreJudgedRight)
{
    const json& wants = GetParam().expected.at("want");
    if (wants.at(0).at(0) == "refused") {
        EXPECT_THROW(static_cast<void>(judge_file(GetParam().file())), InputError);
        return;
    }
    const TraceVerdict verdict = judge_file(GetParam().file());
    for (const json& want : wants) {
        SCOPED_TRACE(want.dump());
        check(verdict, want);
    }
}

INSTANTIATE_TEST_SUITE_P(Traces, Cases, testing::ValuesIn(read_cases()), [](const auto& param) {
    std::string name = param.param.name;
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(CaseLibrary, EveryTraceIsExpected)
{
    const std::vector<Case> cases = read_cases();
    const auto is_trace = [](const fs::directory_entry& entry) { return entry.path().extension() == ".jsonl"; };
    const auto traces = std::count_if(fs::directory_iterator{folder}, fs::directory_iterator{}, is_trace);
    EXPECT_EQ(static_cast<std::size_t>(traces), cases.size());
}

} // namespace
} // namespace drywalk::judge::test
