// SPDX-License-Identifier: MIT
// The innermost frame that is no accessor is blamed.
#include "sim/trace/stack.hpp"

#include "sim/trace/trace_input.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

namespace drywalk::trace::test {
namespace {

const std::string stack = "sys_fork kernel/fork.c:90\nmm/copy.c:12\nset_pte include/asm/pgtable.h:40";

[[nodiscard]] std::string_view blamed(const std::vector<std::string>& accessors)
{
    return blamed_place(stack, accessors);
}

TEST(Stack, BlamesTheInnermostFrameWithoutAccessors) { EXPECT_EQ(blamed({}), "include/asm/pgtable.h:40"); }

TEST(Stack, PassesOverAccessorsByFunctionAndByFile)
{
    EXPECT_EQ(blamed({"set_pte"}), "mm/copy.c:12");
    EXPECT_EQ(blamed({"pgtable.h"}), "mm/copy.c:12");
    EXPECT_EQ(blamed({"asm/pgtable.h"}), "mm/copy.c:12");
    EXPECT_EQ(blamed({"include/asm/pgtable.h"}), "mm/copy.c:12");
    EXPECT_EQ(blamed({"copy.c", "set_pte"}), "kernel/fork.c:90");
}

TEST(Stack, MatchesWholeNamesOnly)
{
    for (const std::string other : {"set_pt", "set_pte_at", "table.h", "/asm/pgtable.h:40", "pgtable.h:40", "40", ""})
        EXPECT_EQ(blamed({other}), "include/asm/pgtable.h:40") << other;
}

TEST(Stack, PassesOverOnlyWhatIsBelowTheBlamedFrame) { EXPECT_EQ(blamed({"sys_fork"}), "include/asm/pgtable.h:40"); }

TEST(Stack, BlamesTheOutermostFrameIfAllAreAccessors)
{
    EXPECT_EQ(blamed({"set_pte", "copy.c", "sys_fork"}), "kernel/fork.c:90");
    EXPECT_EQ(blamed_place("f a.c:1", std::vector<std::string>{"f"}), "a.c:1");
}

TEST(Stack, TakesFramesWithoutALine) { EXPECT_EQ(blamed_place("f", std::vector<std::string>{}), "f"); }

TEST(Stack, IsReadWithTheAccessorsOfTheReader)
{
    ReadOptions options;
    options.accessors = {"pgtable.h"};
    const std::string line = R"({"op":"read","va":0,"stack":["a.c:1","f pgtable.h:2"]})";
    const TraceInput input = TraceInput::of_memory("{\"drywalk_trace\":2}\n" + line, "t", options);
    TraceReader reader = input.open();
    Event event;
    ASSERT_TRUE(reader.next(event));
    EXPECT_EQ(event.src, "a.c:1");
    EXPECT_EQ(event.stack, "a.c:1\nf pgtable.h:2");
}

} // namespace
} // namespace drywalk::trace::test
