// SPDX-License-Identifier: MIT
// Lines of a page: sentences are broken between words, and a pipe has the same width everywhere.
#include "sim/output/page_width.hpp"

#include "tests/support/environment_variable.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace drywalk::output {
namespace {

TEST(Wrapped, BreaksBetweenWords)
{
    EXPECT_EQ(wrapped("one two three four", {9}, 0, 2), "one two\n  three\n  four\n");
    EXPECT_EQ(wrapped("one two", {9}, 2, 4), "  one two\n");
    EXPECT_EQ(wrapped("one two", {8}, 2, 4), "  one\n    two\n");
}

TEST(Wrapped, LeavesAWordThatIsTooLongWhole)
{
    EXPECT_EQ(wrapped("a extraordinary b", {5}, 0, 0), "a\nextraordinary\nb\n");
}

TEST(Wrapped, KeepsTheSpacesOfALineThatFits)
{
    EXPECT_EQ(wrapped("  may use    x", {40}, 4, 8), "      may use    x\n");
}

TEST(Wrapped, ShowsControlCharactersInsteadOfSendingThem) { EXPECT_EQ(wrapped("a\x1b[2J", {20}, 0, 0), "a\\x1b[2J\n"); }

TEST(Characters, CountsCharactersAndNotBytes) { EXPECT_EQ(characters("µs"), 2U); }

/// ctest gives no terminal.
TEST(PageWidthOfOutput, OfAPipeDoesNotDependOnTheEnvironment)
{
    testing::internal::CaptureStdout();
    const test::EnvironmentVariable columns{"COLUMNS", "70"};
    const PageWidth width = page_width_of_output();
    static_cast<void>(testing::internal::GetCapturedStdout());
    EXPECT_EQ(width.columns, 100U);
}

} // namespace
} // namespace drywalk::output
