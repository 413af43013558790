// SPDX-License-Identifier: MIT
// Runs in processes of their own: all of them, in order, or the message of the one that failed.
#include "sim/platform/isolated.hpp"

#include "sim/platform/plain_platform.hpp"
#include "tests/platform/bystander.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

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
    const std::vector<Outcome> isolated = run_isolated(jobs);
    ASSERT_EQ(isolated.size(), plain.size());
    for (std::size_t index = 0; index < plain.size(); ++index)
        EXPECT_TRUE(isolated[index].result == plain[index]) << names[index / kernel::discipline_count];
}

/// Holds its run back until a file is there.
class Latch final : public test::Bystander {
public:
    explicit Latch(std::filesystem::path file) : file_{std::move(file)} {}
    void begin(const BeginState& /*state*/) override
    {
        while (!std::filesystem::exists(file_))
            ::usleep(1000);
    }

private:
    std::filesystem::path file_;
};

/// The first job ends last: it waits for the end of all others.
TEST(RunIsolated, KeepsTheOrderOfTheJobsAndCountsThemAsTheyEnd)
{
    if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "one job at a time";
    const test::Folder folder;
    const machine::Profile profile = machine("tiny_by_hand");
    Latch latch{folder.path() / "go"};
    std::vector<Job> jobs;
    for (const std::uint32_t pairs : {6U, 1U, 2U, 3U, 4U, 5U})
        jobs.push_back({&profile, &some_costs, turns(Discipline::not_global, 1, 1, 0, pairs).bytes(), {}});
    jobs.front().options.cpu.observers = {&latch};
    std::vector<std::size_t> progress;
    const std::vector<Outcome> outcomes = run_isolated(jobs, [&](std::size_t done, std::size_t all) {
        EXPECT_EQ(all, 6U);
        progress.push_back(done);
        if (done == 5) std::ofstream{folder.path() / "go"} << "x";
    });
    std::vector<std::uint64_t> pairs;
    for (const Outcome& outcome : outcomes)
        pairs.push_back(outcome.result.value().counts.calls_and_halts);
    EXPECT_EQ(pairs, (std::vector<std::uint64_t>{6, 1, 2, 3, 4, 5}));
    EXPECT_EQ(progress, (std::vector<std::size_t>{1, 2, 3, 4, 5, 6}));
}

/// Dies in the middle of a run.
class Killer final : public test::Bystander {
public:
    void begin(const BeginState& /*state*/) override { ::raise(SIGKILL); }
};

TEST(RunIsolated, AProcessThatDiesCostsItsOwnResultOnly)
{
    const machine::Profile profile = machine("tiny_by_hand");
    Killer killer;
    std::vector<Job> jobs;
    for (const std::uint32_t pairs : {1U, 2U, 3U})
        jobs.push_back({&profile, &some_costs, turns(Discipline::not_global, 1, 1, 0, pairs).bytes(), {}});
    jobs[1].options.cpu.observers = {&killer};
    const std::vector<Outcome> outcomes = run_isolated(jobs);
    ASSERT_EQ(outcomes.size(), 3U);
    EXPECT_EQ(outcomes[0].result.value().counts.calls_and_halts, 1U);
    EXPECT_EQ(outcomes[2].result.value().counts.calls_and_halts, 3U);
    EXPECT_FALSE(outcomes[1].result);
    EXPECT_EQ(outcomes[1].death, "died by signal 9 (Killed)");
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

TEST(RunIsolated, AFullDiskIsSaidInOneLine)
{
    const machine::Profile profile = machine("tiny_by_hand");
    for (output::AtomicFile* PlatformOptions::*const which : {&PlatformOptions::vcd, &PlatformOptions::trace}) {
        output::AtomicFile full{"/dev/full"};
        PlatformOptions options;
        options.*which = &full;
        const std::vector<Job> jobs{
            {&profile, &some_costs, turns(Discipline::not_global, 1, 1, 0, 1).bytes(), options}};
        try {
            (void)run_isolated(jobs);
            FAIL() << "nothing was thrown";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "/dev/full: cannot be written: No space left on device");
        }
    }
}

} // namespace
} // namespace drywalk::platform
