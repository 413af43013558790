// SPDX-License-Identifier: MIT
// The short form: named cases and a few thousand random programs on each emulator.

#include "sim/machine/machine.hpp"
#include "tests/differential/campaign.hpp"
#include "tests/differential/cases.hpp"
#include "tests/differential/generator.hpp"

#include <gtest/gtest.h>

namespace drywalk::differential {
namespace {

constexpr std::uint64_t seed = 20'260'000;
constexpr std::uint64_t random_programs = 4000;

[[nodiscard]] Standard standard_of(Target target)
{
    return standard_for(target, machine::load_machine(DRYWALK_MACHINES, "bochs_2_7").profile);
}

/// Each emulator is booted once with the named cases, of which all of memory is reported, and once with random
/// programs.
class Machine : public testing::TestWithParam<Target> {
protected:
    /// Programs and their answers, the named cases first.
    struct Session {
        std::vector<Case> cases = named_cases();
        std::vector<Program> programs;
        std::vector<Answer> answers;
        std::string problem;

        void boot(Target target, std::span<const Program> more, bool report_slots)
        {
            if (!problem.empty()) return;
            auto machine = run_programs({target, DRYWALK_DIFFERENTIAL_PAYLOAD, report_slots}, more);
            problem = machine.problem;
            programs.insert(programs.end(), more.begin(), more.end());
            answers.insert(answers.end(), machine.answers.begin(), machine.answers.end());
        }
    };

    void SetUp() override
    {
        if (const auto missing = boot::missing_for(GetParam())) GTEST_SKIP() << *missing;
        ASSERT_EQ(session().problem, "");
    }

    [[nodiscard]] static Boot boot()
    {
        return {.target = GetParam(), .payload = DRYWALK_DIFFERENTIAL_PAYLOAD, .report_slots = true};
    }
    [[nodiscard]] static const Session& session()
    {
        static const Session sessions[] = {run_session(Target::qemu), run_session(Target::bochs)};
        return sessions[GetParam() == Target::bochs ? 1 : 0];
    }
    [[nodiscard]] static Session run_session(Target target)
    {
        Session session;
        std::vector<Program> named, random;
        for (const Case& one : session.cases)
            named.push_back(one.program);
        for (std::uint64_t number = 0; number < random_programs; ++number)
            random.push_back(generate(seed, number, emulated_processor));
        session.boot(target, named, true);
        session.boot(target, random, false);
        return session;
    }
    [[nodiscard]] static std::size_t disagreements(const Standard& standard, std::size_t limit)
    {
        std::size_t found = 0;
        for (std::size_t at = 0; at < session().programs.size() && found < limit; ++at) {
            if (!judge(session().programs[at], session().answers[at], standard).disagreement.empty()) ++found;
        }
        return found;
    }
};

TEST_P(Machine, AnswersTheNamedCasesAsExpected)
{
    for (std::size_t at = 0; at < session().cases.size(); ++at) {
        const Case& named = session().cases[at];
        const Answer& answer = session().answers[at];
        std::vector<std::string> seen;
        for (const Outcome& outcome : answer.outcomes)
            seen.push_back(brief(outcome));
        const bool bochs = GetParam() == Target::bochs;
        EXPECT_EQ(seen, bochs ? named.bochs : named.qemu) << named.name << ": " << named.why;
        if (!named.slot) continue;
        EXPECT_EQ((*answer.slots)[*named.slot] & accessed_and_dirty, bochs ? named.bochs_flags : named.qemu_flags)
            << named.name << ": " << named.why;
    }
}

TEST_P(Machine, DoesNothingThatTheModelOrTheOracleDidNotForesee)
{
    Counts counts;
    const Standard standard = standard_of(GetParam());
    for (std::size_t at = 0; at < session().programs.size(); ++at) {
        const Program& program = session().programs[at];
        const Judged judged = judge(program, session().answers[at], standard);
        counts += judged.counts;
        if (judged.disagreement.empty()) continue;
        const Minimised small = minimise(program, boot(), standard);
        FAIL() << "program " << at << ": " << judged.disagreement << "\nminimised:\n"
               << explain(small.program, small.answer, standard);
    }
    // The programs are worth something only if much goes wrong that may.
    EXPECT_GE(counts.permitted, random_programs / 10);
    EXPECT_GE(counts.fault_invalidated_nothing, 1U);
    EXPECT_GT(counts.accesses / 2, counts.may_go_wrong) << "an oracle that calls everything stale proves nothing";
    RecordProperty("accesses", static_cast<int>(counts.accesses));
    RecordProperty("stale", static_cast<int>(counts.stale()));
}

INSTANTIATE_TEST_SUITE_P(Emulators, Machine, testing::Values(Target::qemu, Target::bochs),
                         [](const auto& about) { return std::string{boot::target_name(about.param)}; });

/// A model that is wrong in one point is found out by the same answers.
class WrongModel : public Machine {
protected:
    void expect_noticed(const char* what, void (*spoil)(machine::Profile&))
    {
        Standard standard = standard_of(Target::bochs);
        spoil(*standard.model);
        EXPECT_GT(disagreements(standard, 1), 0U) << what;
    }
};

TEST_P(WrongModel, IsNoticed)
{
    expect_noticed("global", [](machine::Profile& p) { p.behaviour.keeps_global_across_cr3 = false; });
    expect_noticed("filling access", [](machine::Profile& p) { p.behaviour.grants_only_filling_access = false; });
    expect_noticed("fragments", [](machine::Profile& p) { p.behaviour.fragments_large_pages = false; });
    expect_noticed("denied fetch", [](machine::Profile& p) { p.behaviour.denied_fetch_keeps_entry = false; });
    expect_noticed("page fault", [](machine::Profile& p) { p.behaviour.page_fault_invalidates = true; });
    expect_noticed("control", [](machine::Profile& p) { p.behaviour.control_changes_drop_everything = false; });
    expect_noticed("data sets", [](machine::Profile& p) { p.l1_data[0].sets /= 2; });
    expect_noticed("fetch sets", [](machine::Profile& p) { p.l1_fetch[0].sets *= 2; });
    expect_noticed("two ways", [](machine::Profile& p) { p.l1_data[0].ways = 2; });
    expect_noticed("structure caches", [](machine::Profile& p) { p.structure_caches.pde = 1; });
    expect_noticed("second level", [](machine::Profile& p) { p.l2_data = p.l1_data; });
}

INSTANTIATE_TEST_SUITE_P(Emulators, WrongModel, testing::Values(Target::bochs),
                         [](const auto& about) { return std::string{boot::target_name(about.param)}; });

} // namespace
} // namespace drywalk::differential
