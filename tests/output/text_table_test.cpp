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

TEST(TextTable, AHeadingAloneIsOneLine) { EXPECT_EQ((TextTable{{"a", "b"}}.text(1)), " a  b\n"); }

} // namespace
} // namespace drywalk::output
