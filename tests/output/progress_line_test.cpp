// SPDX-License-Identifier: MIT
// Progress: rewritten and erased on a terminal, a line now and then elsewhere, nothing for short work.
#include "sim/output/progress_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace drywalk::output {
namespace {

ProgressLine::Clock::time_point simulated_now{};

/// What is written goes to memory, and time passes when the test says so.
class Progress : public testing::Test {
protected:
    void SetUp() override { simulated_now = {}; }
    void TearDown() override
    {
        std::fclose(stream_);
        std::free(text_);
    }
    [[nodiscard]] ProgressLine::Surroundings surroundings(bool is_terminal) const
    {
        return {stream_, is_terminal, [] { return simulated_now; }};
    }
    [[nodiscard]] std::string written() const
    {
        std::fflush(stream_);
        return {text_, length_};
    }
    static void pass(double seconds)
    {
        simulated_now +=
            std::chrono::duration_cast<ProgressLine::Clock::duration>(std::chrono::duration<double>(seconds));
    }

private:
    char* text_ = nullptr;
    std::size_t length_ = 0;
    std::FILE* stream_ = open_memstream(&text_, &length_);
};

TEST_F(Progress, SaysNothingInTheFirstSecond)
{
    {
        ProgressLine line{"working", surroundings(true)};
        pass(0.9);
        line.show(1, 2);
    }
    EXPECT_EQ(written(), "");
}

TEST_F(Progress, OnATerminalTheLineIsRewrittenAndErased)
{
    {
        ProgressLine line{"working", surroundings(true)};
        pass(2);
        line.show(1, 4);
        pass(2);
        line.show(2, 4, ", half");
    }
    EXPECT_EQ(written(), "\r\033[Kworking 1/4, about 6 s left"
                         "\r\033[Kworking 2/4, half, about 4 s left"
                         "\r\033[K");
}

TEST_F(Progress, ElsewhereItIsALineEveryTenSeconds)
{
    {
        ProgressLine line{"working", surroundings(false)};
        for (unsigned done = 1; done <= 25; ++done) {
            pass(1);
            line.show(done, 25);
        }
    }
    EXPECT_EQ(written(), "drywalk: working 10/25, about 15 s left\ndrywalk: working 20/25, about 5 s left\n");
}

TEST_F(Progress, ClaimsNothingAboutAnUnknownEnd)
{
    ProgressLine line{"working", surroundings(false)};
    pass(11);
    line.show(3, 0);
    EXPECT_EQ(written(), "drywalk: working 3\n");
}

TEST_F(Progress, ClaimsNothingBeforeAnythingIsDone)
{
    ProgressLine line{"working", surroundings(false)};
    pass(11);
    line.show(0, 3);
    EXPECT_EQ(written(), "drywalk: working 0/3\n");
}

} // namespace
} // namespace drywalk::output
