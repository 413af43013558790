// SPDX-License-Identifier: MIT
// Columns: as wide as their widest cell, numbers right, names left, nothing trailing.
#include "sim/output/text_table.hpp"

#include <gtest/gtest.h>

namespace drywalk::output {
namespace {

TEST(TextTable, SetsTheFirstColumnLeftAndTheOthersRight)
{
    TextTable table{{"name", "n", "cycles"}};
    table.add({"a", "1000", "7"});
    table.add({"longer", "2", "65"});
    EXPECT_EQ(table.text(), "  name       n  cycles\n"
                            "  a       1000       7\n"
                            "  longer     2      65\n");
}

TEST(TextTable, SetsFurtherColumnsLeftOnRequestWithoutTrailingSpaces)
{
    TextTable table{{"name", "n", "what"}};
    table.align_left(2);
    table.add({"a", "1", "short"});
    table.add({"b", "2", "x"});
    table.add({"c", "3", ""});
    EXPECT_EQ(table.text(0), "name  n  what\n"
                             "a     1  short\n"
                             "b     2  x\n"
                             "c     3\n");
}

/// Twelve rows whose names and cells do not fit on a page beside each other.
TextTable wide_table(std::size_t rows)
{
    TextTable table{{"name", "first", "second", "third"}};
    for (std::size_t row = 0; row < rows; ++row)
        table.add({"a name of some length " + std::to_string(row % 10), "11111111", "22222222", "33333333"});
    return table;
}

TEST(TextTable, IsSplitWhereThePageEndsAndNamesItsRowsAgain)
{
    TextTable table{{"name", "first", "second", "third"}};
    for (const char* const row : {"a", "b", "c", "d"})
        table.add({row, "1", "2", "3"});
    EXPECT_EQ(table.text(0, {20}), "name  first  second\n"
                                   "a         1       2\n"
                                   "b         1       2\n"
                                   "c         1       2\n"
                                   "d         1       2\n"
                                   "\n"
                                   "name  third\n"
                                   "a         3\n"
                                   "b         3\n"
                                   "c         3\n"
                                   "d         3\n");
}

TEST(TextTable, IsTurnedIfItHasFewRows)
{
    TextTable table{{"name", "first", "second", "third", "fourth"}};
    table.add({"a", "1", "2", "3", "4"});
    EXPECT_EQ(table.text(0, {20}), "name    a\n"
                                   "first   1\n"
                                   "second  2\n"
                                   "third   3\n"
                                   "fourth  4\n");
}

TEST(TextTable, NoLineIsWiderThanThePage)
{
    for (std::size_t rows = 1; rows <= 12; ++rows) {
        for (std::size_t width = 40; width <= 100; ++width) {
            const std::string text = wide_table(rows).text(2, {width});
            for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1)
                ASSERT_LE(text.find('\n', start) - start, width) << text;
        }
    }
}

TEST(TextTable, ACellThatIsWiderThanThePageStandsAlone)
{
    TextTable table{{"n", "words", "more"}};
    table.add({"a", "a very long cell", "x"});
    table.add({"b", "y", "z"});
    table.add({"c", "y", "z"});
    EXPECT_EQ(table.text(0, {10}), "n             words\n"
                                   "a  a very long cell\n"
                                   "b                 y\n"
                                   "c                 y\n"
                                   "\n"
                                   "n  more\n"
                                   "a     x\n"
                                   "b     z\n"
                                   "c     z\n");
}

TEST(TextTable, LongNamesOfSeveralColumnsAreNumberedAndStandOnce)
{
    TextTable table{{"long name", "other name", "first", "second"}, 2};
    for (const char* const row : {"a", "b", "c"})
        table.add({row, row, "1", "2"});
    EXPECT_EQ(table.text(0, {33}), "#  long name  other name  first\n"
                                   "1  a          a               1\n"
                                   "2  b          b               1\n"
                                   "3  c          c               1\n"
                                   "\n"
                                   "#  second\n"
                                   "1       2\n"
                                   "2       2\n"
                                   "3       2\n");
}

TEST(TextTable, CountsCharactersAndNotBytes)
{
    TextTable table{{"name", "µs"}};
    table.add({"a", "12"});
    EXPECT_EQ(table.text(0), "name  µs\na     12\n");
}

TEST(TextTable, AHeadingAloneIsOneLine) { EXPECT_EQ((TextTable{{"a", "b"}}.text(1)), " a  b\n"); }

} // namespace
} // namespace drywalk::output
