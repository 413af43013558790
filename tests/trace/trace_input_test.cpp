// SPDX-License-Identifier: MIT
// An input can be read as often as need be, also one that comes only once.
#include "sim/trace/trace_input.hpp"

#include "sim/trace/fields.hpp"
#include "sim/trace/spooled_input.hpp"
#include "tests/support/environment_variable.hpp"
#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace drywalk::trace::test {
namespace {

const std::string three_events = "{\"drywalk_trace\":1}\n"
                                 "{\"op\":\"mark\",\"name\":\"a\"}\n"
                                 "{\"op\":\"mark\",\"name\":\"b\"}\n"
                                 "{\"op\":\"mark\",\"name\":\"c\"}\n";

[[nodiscard]] std::string names_in(TraceReader reader)
{
    std::string names;
    for (Event event; reader.next(event);)
        names += event.name;
    return names;
}

TEST(TraceInput, OpensAFileAnewEachTime)
{
    const TemporaryDirectory folder;
    const std::string file = (folder.path() / "t.jsonl").string();
    std::ofstream{file} << three_events;
    const TraceInput input{file};
    EXPECT_EQ(input.name(), file);
    EXPECT_EQ(input.bytes(), three_events.size());
    EXPECT_EQ(names_in(input.open()), "abc");
    EXPECT_EQ(names_in(input.open()), "abc");
}

TEST(TraceInput, ReadsMemoryAsOftenAsNeedBe)
{
    const TraceInput input = TraceInput::of_memory(three_events, "t");
    EXPECT_EQ(names_in(input.open()), "abc");
    EXPECT_EQ(names_in(input.open()), "abc");
}

TEST(TraceInput, ReadsAPipeTwiceAlsoBeforeTheFirstReaderIsDone)
{
    const TemporaryDirectory folder;
    const std::string fifo = (folder.path() / "fifo").string();
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    std::thread writer{[&] { std::ofstream{fifo} << three_events; }};
    const TraceInput input{fifo};
    TraceReader first = input.open();
    Event event;
    ASSERT_TRUE(first.next(event));
    EXPECT_EQ(names_in(input.open()), "abc");
    ASSERT_TRUE(first.next(event));
    EXPECT_EQ(event.name, "b");
    EXPECT_EQ(first.place().line, 3U);
    writer.join();
    EXPECT_EQ(names_in(input.open()), "abc");
    EXPECT_EQ(input.bytes(), 0U);
}

TEST(TraceInput, TakesStandardInputOnce)
{
    EXPECT_THROW((TraceInput{std::vector<std::string>{"-", "a", "-"}}), InputError);
}

TEST(SpooledInput, SaysThatThereIsNoRoomToKeepIt)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::write(ends[1], "x", 1), 1);
    ::close(ends[1]);
    const drywalk::test::EnvironmentVariable folder{"TMPDIR", "/proc"};
    SpooledInput input{ends[0], "pipe"};
    char byte = 0;
    try {
        (void)input.read_at(0, &byte, 1);
        ADD_FAILURE() << "nothing can be kept in /proc";
    } catch (const InputError& error) {
        const std::string what = error.what();
        EXPECT_TRUE(what.starts_with("pipe: cannot be kept in /proc to be read twice: ")) << what;
        EXPECT_NE(what.find("set TMPDIR"), std::string::npos) << what;
    }
}

} // namespace
} // namespace drywalk::trace::test
