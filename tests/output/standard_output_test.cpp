// SPDX-License-Identifier: MIT
// What is lost on standard output is noticed, whatever its length.
#include "sim/output/standard_output.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace drywalk::output {
namespace {

/// 0 if a process that prints `text` to `file` notices nothing, 1 for "no space left", 2 for another reason.
int noticed(const char* file, const std::string& text)
{
    const pid_t process = ::fork();
    if (process == 0) {
        ::close(STDOUT_FILENO);
        if (file != nullptr) static_cast<void>(::open(file, O_WRONLY));
        occupy_standard_streams();
        print(text);
        print(text);
        const auto reason = finish_printing();
        ::_exit(!reason ? 0 : *reason == "No space left on device" ? 1 : 2);
    }
    int status = 0;
    ::waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(StandardOutput, NoticesThatItIsFull)
{
    for (const std::size_t bytes : {1U, 4095U, 4096U, 1'000'000U})
        EXPECT_EQ(noticed("/dev/full", std::string(bytes, 'x')), 1) << bytes;
}

TEST(StandardOutput, NoticesThatItIsClosed)
{
    for (const std::size_t bytes : {1U, 1'000'000U})
        EXPECT_EQ(noticed(nullptr, std::string(bytes, 'x')), 2) << bytes;
}

TEST(StandardOutput, HasNothingToSayIfNothingWasPrintedOrAllWasWritten)
{
    EXPECT_EQ(noticed("/dev/full", ""), 0);
    EXPECT_EQ(noticed(nullptr, ""), 0);
    EXPECT_EQ(noticed("/dev/null", std::string(100'000, 'x')), 0);
}

} // namespace
} // namespace drywalk::output
