// SPDX-License-Identifier: MIT
// Runs in processes of their own: all of them, in order, or the message of the one that failed.
#include "sim/platform/isolated.hpp"

#include "sim/platform/plain_platform.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include <unistd.h>

namespace drywalk::platform {
namespace {

using namespace test;

TEST(RunIsolated, EqualsThePlainPlatformForEveryMachineAndDiscipline)
{
    const std::vector<std::string> names = machine::machine_names(machine_directory);
    std::vector<machine::Profile> profiles;
    for (const std::string& name : names)
        profiles.push_back(machine(name));
    std::vector<Job> jobs;
    std::vector<RunResult> plain;
    PlatformOptions options;
    options.cpu = recording();
    for (const machine::Profile& profile : profiles) {
        for (const Discipline discipline : all_disciplines()) {
            jobs.push_back({&profile, &some_costs, mixed(discipline).bytes(), options});
            plain.push_back(run_plain(profile, some_costs, jobs.back().program, options.cpu));
        }
    }
    const std::vector<RunResult> isolated = run_isolated(jobs);
    ASSERT_EQ(isolated.size(), plain.size());
    for (std::size_t index = 0; index < plain.size(); ++index)
        EXPECT_TRUE(same(isolated[index], plain[index])) << names[index / kernel::discipline_count];
}

/// The first job takes by far the longest, so it ends last and must come first nevertheless.
TEST(RunIsolated, KeepsTheOrderOfTheJobsAndCountsThemAsTheyEnd)
{
    const machine::Profile profile = machine("tiny_by_hand");
    std::vector<Job> jobs;
    for (const std::uint32_t pairs : {2'000U, 1U, 2U, 3U, 4U, 5U})
        jobs.push_back({&profile, &some_costs, turns(Discipline::not_global, 1, 1, 0, pairs).bytes(), {}});
    std::vector<std::size_t> progress;
    const std::vector<RunResult> results = run_isolated(jobs, [&](std::size_t done, std::size_t all) {
        EXPECT_EQ(all, 6U);
        progress.push_back(done);
    });
    ASSERT_EQ(results.size(), 6U);
    std::vector<std::uint64_t> pairs;
    for (const RunResult& result : results)
        pairs.push_back(result.counts.calls_and_halts);
    EXPECT_EQ(pairs, (std::vector<std::uint64_t>{2'000, 1, 2, 3, 4, 5}));
    EXPECT_EQ(progress, (std::vector<std::size_t>{1, 2, 3, 4, 5, 6}));
}

TEST(RunIsolated, NoJobsGiveNoResults) { EXPECT_TRUE(run_isolated({}).empty()); }

TEST(RunIsolated, ReportsTheMessageOfAJobThatFailed)
{
    const machine::Profile profile = machine("tiny_by_hand");
    ProgramBuilder wrong;
    wrong.image({.code_pages = 1});
    wrong.instance({.image = 0});
    wrong.pair(0, wrong.body({{wrong.template_page(0, 8), 0, kernel::UserAction::call, 0}}));
    const std::vector<std::byte> good = turns(Discipline::not_global, 1, 1, 0, 1).bytes();
    const std::vector<Job> jobs{{&profile, &some_costs, good, {}},
                                {&profile, &some_costs, wrong.bytes(), {}},
                                {&profile, &some_costs, good, {}}};
    try {
        (void)run_isolated(jobs);
        FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string{error.what()}.find("no template code starts"), std::string::npos) << error.what();
    }
}

TEST(RunIsolated, AWaveformThatCannotBeWrittenIsSaidInOneLine)
{
    const machine::Profile profile = machine("tiny_by_hand");
    PlatformOptions options;
    options.vcd = "/nowhere/at/all/run.vcd";
    const std::vector<Job> jobs{{&profile, &some_costs, turns(Discipline::not_global, 1, 1, 0, 1).bytes(), options}};
    try {
        (void)run_isolated(jobs);
        FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
        const std::string message = error.what();
        EXPECT_EQ(message, "/nowhere/at/all/run.vcd: cannot be written");
    }
}

TEST(RunIsolated, ARunThatFailsLeavesNoWaveform)
{
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("drywalk_isolated_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const machine::Profile profile = machine("tiny_by_hand");
    ProgramBuilder wrong;
    wrong.image({.code_pages = 1});
    wrong.instance({.image = 0});
    wrong.pair(0, wrong.body({{wrong.template_page(0, 8), 0, kernel::UserAction::call, 0}}));
    PlatformOptions options;
    options.vcd = folder / "run.vcd";
    const std::vector<Job> jobs{{&profile, &some_costs, wrong.bytes(), options}};
    EXPECT_THROW((void)run_isolated(jobs), std::runtime_error);
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace drywalk::platform
