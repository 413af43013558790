// SPDX-License-Identifier: MIT
// Forked children: whole answers, exceptions, deaths, and that none outlives its parent.
#include "sim/process/children.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include <unistd.h>

namespace drywalk::process {
namespace {

using namespace std::chrono_literals;

/// The state of a process as /proc has it: 'S' asleep, 'Z' a zombie; 0: it is gone.
char state_of(pid_t process)
{
    std::ifstream stat{"/proc/" + std::to_string(process) + "/stat"};
    std::string id, name;
    char state = 0;
    stat >> id >> name >> state;
    return state;
}

bool is_gone(pid_t process)
{
    const char state = state_of(process);
    return state == 0 || state == 'Z' || state == 'X';
}

/// Waits, at most ten seconds, until `condition` holds.
template <typename Condition>
bool soon(const Condition& condition)
{
    for (const auto deadline = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < deadline;) {
        if (condition()) return true;
        std::this_thread::sleep_for(5ms);
    }
    return condition();
}

std::vector<Finished> all_of(Children& children)
{
    std::vector<Finished> all;
    while (children.count() != 0) {
        for (Finished& finished : children.wait())
            all.push_back(std::move(finished));
    }
    return all;
}

Finished only(Children& children)
{
    const std::vector<Finished> all = all_of(children);
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
}

std::string long_answer() { return std::string(std::size_t{1} << 20, 'a'); }

TEST(Children, SendWholeAnswers)
{
    for (const std::string& answer :
         {std::string{}, std::string{"answer"}, std::string{"with\0zero", 9}, long_answer()}) {
        Children children;
        children.start(7, [&] { return answer; });
        const Finished finished = only(children);
        EXPECT_EQ(finished.job, 7U);
        ASSERT_TRUE(finished.answer);
        EXPECT_EQ(*finished.answer, answer);
        EXPECT_FALSE(finished.error);
        EXPECT_TRUE(finished.ending.succeeded());
    }
}

TEST(Children, SendTheMessageOfAnException)
{
    Children children;
    children.start(1, []() -> std::string { throw std::runtime_error("no memory of that size"); });
    const Finished finished = only(children);
    EXPECT_FALSE(finished.answer);
    EXPECT_EQ(finished.error, "no memory of that size");
}

TEST(Children, TellTheSignalThatEndedThem)
{
    Children children;
    children.start(1, []() -> std::string {
        ::raise(SIGKILL);
        return "";
    });
    const Finished finished = only(children);
    EXPECT_FALSE(finished.answer);
    EXPECT_FALSE(finished.error);
    EXPECT_EQ(finished.death(), "died by signal 9 (Killed)");
}

TEST(Children, TellAnExitWithoutAnAnswer)
{
    Children children;
    children.start(1, []() -> std::string { ::_exit(3); });
    EXPECT_EQ(only(children).death(), "ended with exit status 3");
    children.start(2, []() -> std::string { ::_exit(0); });
    EXPECT_EQ(only(children).death(), "ended without a whole answer");
}

/// The pipe holds 64 KiB of it: the rest is never sent, and nobody may take what there is for the answer.
TEST(Children, GiveNoAnswerIfTheyDieInTheMiddleOfIt)
{
    Children children;
    const pid_t process = children.start(1, long_answer);
    ASSERT_TRUE(soon([&] { return state_of(process) == 'S'; })) << "asleep in write()";
    ASSERT_EQ(::kill(process, SIGKILL), 0);
    ASSERT_TRUE(soon([&] { return is_gone(process); }));
    const Finished finished = only(children);
    EXPECT_FALSE(finished.answer);
    EXPECT_FALSE(finished.error);
    EXPECT_EQ(finished.ending.signal, SIGKILL);
}

TEST(Children, OfWhomOneDiesLeaveTheOthersAlone)
{
    Children children;
    for (const std::size_t job : {0U, 1U, 2U}) {
        children.start(job, [job]() -> std::string {
            if (job == 1) ::raise(SIGSEGV);
            return std::to_string(job);
        });
    }
    for (const Finished& finished : all_of(children)) {
        if (finished.job == 1)
            EXPECT_EQ(finished.ending.signal, SIGSEGV);
        else
            EXPECT_EQ(finished.answer, std::to_string(finished.job));
    }
}

TEST(Children, AreKilledWithTheirCollection)
{
    pid_t process = 0;
    {
        Children children;
        process = children.start(1, []() -> std::string {
            for (;;)
                ::pause();
        });
        ASSERT_FALSE(is_gone(process));
    }
    EXPECT_EQ(state_of(process), 0) << "killed and waited for";
}

/// Also where the parent has no time to say anything, and where it ignored the signal that its children are to die by.
TEST(Children, DieWithTheirParent)
{
    for (const auto disposition : {SIG_DFL, SIG_IGN}) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t parent = ::fork();
        if (parent == 0) {
            ::signal(SIGTERM, disposition);
            Children children;
            const pid_t child = children.start(1, []() -> std::string {
                for (;;)
                    ::pause();
            });
            std::this_thread::sleep_for(200ms); // the child has begun
            if (::write(ends[1], &child, sizeof child) != sizeof child) ::_exit(1);
            for (;;)
                ::pause();
        }
        pid_t child = 0;
        ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
        ASSERT_FALSE(is_gone(child));
        ASSERT_EQ(::kill(parent, SIGKILL), 0);
        EXPECT_EQ(reap(parent).signal, SIGKILL);
        EXPECT_TRUE(soon([&] { return is_gone(child); }));
        ::close(ends[0]);
        ::close(ends[1]);
    }
}

} // namespace
} // namespace drywalk::process
