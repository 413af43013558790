// SPDX-License-Identifier: MIT
// Running other programs: results, limits, and what is left afterwards.

#include "sim/process/command.hpp"

#include "sim/process/temporary_folder.hpp"
#include "tests/support/environment_variable.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace drywalk::process {
namespace {

using namespace std::chrono_literals;

/// True unless the process is gone or a zombie, which signals still find.
bool is_alive(pid_t process)
{
    std::ifstream stat{"/proc/" + std::to_string(process) + "/stat"};
    std::string id, name, state;
    stat >> id >> name >> state;
    return !(state.empty() || state == "Z" || state == "X");
}

class Process : public testing::Test {
protected:
    Exit run_shell(const std::string& script, std::chrono::milliseconds limit = 10s)
    {
        return run_process({{"sh", "-c", script}, directory_.path(), limit});
    }

    TemporaryFolder directory_{"drywalk_command_test_"};
};

TEST_F(Process, GivesStatusAndOutput)
{
    const Exit exit = run_shell("echo out; echo err >&2; exit 3");
    EXPECT_TRUE(exit.started);
    EXPECT_FALSE(exit.timed_out);
    EXPECT_EQ(exit.status, 3);
    EXPECT_EQ(exit.output, "out\nerr\n");
}

TEST_F(Process, ReadsNothingFromStandardInput) { EXPECT_EQ(run_shell("read line || echo empty").output, "empty\n"); }

TEST_F(Process, TellsASignalFromAStatus) { EXPECT_EQ(run_shell("kill -9 $$").status, 128 + SIGKILL); }

TEST_F(Process, KillsTheWholeGroupAtTheLimit)
{
    const Exit exit = run_shell("sleep 60 & echo $! > child; sleep 60", 300ms);
    EXPECT_TRUE(exit.timed_out);
    EXPECT_LT(exit.seconds, 10.0);
    pid_t child = 0;
    std::ifstream{directory_.path() / "child"} >> child;
    ASSERT_GT(child, 0);
    // A killed process may still have to be scheduled to die, and the orphan is its adopter's to reap.
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (is_alive(child) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(10ms);
    EXPECT_FALSE(is_alive(child));
}

TEST_F(Process, SetsAndReplacesVariablesOfTheEnvironment)
{
    const test::EnvironmentVariable variable{"DRYWALK_TEST_VARIABLE", "before"};
    const Exit exit = run_process({{"sh", "-c", "echo $DRYWALK_TEST_VARIABLE $HOME"},
                                   directory_.path(),
                                   10s,
                                   {"DRYWALK_TEST_VARIABLE=after", "HOME=h"}});
    EXPECT_EQ(exit.output, "after h\n");
}

TEST_F(Process, SaysWhenTheProgramDoesNotExist)
{
    const Exit exit = run_process({{"no-such-program-anywhere"}, directory_.path(), 10s});
    EXPECT_FALSE(exit.started);
}

} // namespace
} // namespace drywalk::process
