// SPDX-License-Identifier: MIT
// The logs of several processors become one trace, by their numbers; what is missing or double is noticed.
#include "sim/trace/reader.hpp"

#include "tests/trace/support.hpp"

#include <gtest/gtest.h>

#include <random>

namespace drywalk::trace::test {
namespace {

const std::string header_2 = "{\"drywalk_trace\":2,\"cpus\":4}\n";

[[nodiscard]] std::string mark(std::uint64_t number)
{
    return "{\"op\":\"mark\",\"name\":\"" + std::to_string(number) + "\",\"seq\":" + std::to_string(number) + "}\n";
}

[[nodiscard]] std::string log_of(std::initializer_list<std::uint64_t> numbers)
{
    std::string text = header_2;
    for (const std::uint64_t number : numbers)
        text += mark(number);
    return text;
}

/// Logs called a, b, c, ...
[[nodiscard]] TraceReader merged(const std::vector<std::string>& logs)
{
    std::vector<NamedSource> sources;
    for (const std::string& log : logs) {
        const std::string name(1, static_cast<char>('a' + sources.size()));
        sources.push_back({name, open_memory(log, name)});
    }
    return TraceReader{std::move(sources)};
}

[[nodiscard]] std::string complaint_about(const std::vector<std::string>& logs)
{
    try {
        TraceReader reader = merged(logs);
        (void)read_all(reader);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

TEST(Merge, OrdersTheEventsOfAllLogsByTheirNumbers)
{
    TraceReader reader = merged({log_of({3, 4, 9}), log_of({2, 6, 7}), log_of({}), log_of({5, 8})});
    const std::pair<EventPlace, std::string> expected[] = {{{1, 2}, "2"}, {{0, 2}, "3"}, {{0, 3}, "4"}, {{3, 2}, "5"},
                                                           {{1, 3}, "6"}, {{1, 4}, "7"}, {{3, 3}, "8"}, {{0, 4}, "9"}};
    Event event;
    for (const auto& [place, name] : expected) {
        ASSERT_TRUE(reader.next(event));
        EXPECT_EQ(event.name, name);
        EXPECT_EQ(reader.place(), place) << name;
    }
    EXPECT_FALSE(reader.next(event));
    EXPECT_FALSE(reader.next(event));
    EXPECT_FALSE(reader.counts_lines());
    EXPECT_EQ(reader.files(), (std::vector<std::string>{"a", "b", "c", "d"}));
}

TEST(Merge, GivesBackAnyDealOfARow)
{
    std::mt19937_64 random{3};
    for (unsigned round = 0; round < 200; ++round) {
        std::vector<std::string> logs(1 + random() % 9, header_2);
        const std::uint64_t first = random() % 2 == 0 ? 0 : random() % (std::uint64_t{1} << 63);
        const std::uint64_t count = random() % 300;
        for (std::uint64_t number = first; number < first + count; ++number)
            logs[random() % logs.size()] += mark(number);
        TraceReader reader = merged(logs);
        Event event;
        for (std::uint64_t number = first; number < first + count; ++number) {
            ASSERT_TRUE(reader.next(event));
            ASSERT_EQ(event.name, std::to_string(number));
        }
        ASSERT_FALSE(reader.next(event));
    }
}

TEST(Merge, TakesTheGreatestNumber)
{
    EXPECT_EQ(complaint_about({log_of({~std::uint64_t{0} - 1}), log_of({~std::uint64_t{0}})}), "");
    const std::string wrapped = complaint_about({log_of({~std::uint64_t{0}, 0}), log_of({})});
    EXPECT_TRUE(wrapped.starts_with("a:3:")) << wrapped;
}

TEST(Merge, RefusesAnEventWithoutANumber)
{
    const std::string what =
        R"(no "seq" (in a log that has numbers, and in each of several logs, every event has one))";
    EXPECT_EQ(complaint_about({log_of({1}), header_2 + "{\"op\":\"read\",\"va\":0}\n"}), "b:2:1: " + what);
    EXPECT_EQ(complaint_about({log_of({1, 2}) + "{\"op\":\"read\",\"va\":0}\n"}), "a:4:1: " + what);
    EXPECT_EQ(complaint_about({header_2 + "{\"op\":\"read\",\"va\":0}\n" + mark(1)}),
              R"(a:3:31: "seq" after events that have none (every event has one, or none has))");
}

TEST(Merge, RefusesNumbersThatDoNotGrow)
{
    EXPECT_EQ(complaint_about({log_of({5, 4}), log_of({6})}),
              R"(a:3:31: "seq" is 4 after a greater one (each log counts upwards: the event before has 5))");
    EXPECT_EQ(complaint_about({log_of({5, 5})}),
              R"(a:3:31: "seq" is 5 twice (each log counts upwards: the event before has 5))");
}

TEST(Merge, RefusesANumberThatTwoLogsHave)
{
    EXPECT_EQ(complaint_about({log_of({1, 2, 4}), log_of({3, 4})}),
              R"(b:3:31: "seq" is 4 as at a:4 (each event of all logs has its own number))");
}

TEST(Merge, SaysWhichLogEndedBeforeAGap)
{
    EXPECT_EQ(
        complaint_about({log_of({1, 3, 7}), log_of({2, 4})}),
        R"(a:4:31: "seq" is 7, but 5 to 6 are missing (b ends with 4: if its last events were lost, cut the other )"
        "logs there, too)");
}

TEST(Merge, SaysWhichLogBeginsAfterAGap)
{
    EXPECT_EQ(
        complaint_about({log_of({1, 2, 6}), log_of({4, 5})}),
        R"(b:2:31: "seq" is 4, but 3 is missing (b begins with 4: if its first events were overwritten, begin the )"
        "other logs there, too)");
}

TEST(Merge, SaysThatEventsAreMissingInTheMiddle)
{
    EXPECT_EQ(
        complaint_about({log_of({1, 5}), log_of({2, 6})}),
        R"(a:3:31: "seq" is 5, but 3 to 4 are missing (a log was not named, or events were lost in the middle of )"
        "one)");
    EXPECT_EQ(
        complaint_about({log_of({1, 3})}),
        R"(a:3:31: "seq" is 3, but 2 is missing (every event of all processors is there, in one log or in several: )"
        "check A B C)");
}

TEST(Merge, NeedsEqualHeaders)
{
    const auto differs = [](const std::string& keys) {
        return complaint_about({log_of({1}), "{\"drywalk_trace\":2,\"cpus\":4" + keys + "}\n"});
    };
    const std::string agree = " (the headers of logs that belong together agree)";
    EXPECT_EQ(differs(",\"memory_bytes\":16777216"), "") << "a default that is written out";
    EXPECT_EQ(differs(",\"cr3\":4096"), R"(b: the header differs from that of a: "cr3" is 0x1000, not 0x0)" + agree);
    EXPECT_EQ(differs(",\"vendor\":\"amd\""),
              R"(b: the header differs from that of a: "vendor" is "amd", not "portable")" + agree);
    EXPECT_EQ(differs(",\"from\":\"middle\""),
              R"(b: the header differs from that of a: "from" is "middle", not "boot")" + agree);
    EXPECT_EQ(complaint_about({log_of({1}), "{\"drywalk_trace\":1,\"cpus\":4}\n"}),
              R"(b: the header differs from that of a: "drywalk_trace" is 0x1, not 0x2)" + agree);
    for (const std::string key : {"memory_bytes", "cr0", "cr4", "efer", "maxphyaddr", "pkru", "pkrs"}) {
        const std::string value = key == "cr0"          ? "2147549201"
                                  : key == "cr4"        ? "32"
                                  : key == "efer"       ? "1280"
                                  : key == "maxphyaddr" ? "40"
                                                        : "4096";
        const std::string found = differs(",\"" + key + "\":" + value);
        EXPECT_TRUE(found.starts_with("b: the header differs from that of a: \"" + key + "\" is ")) << found;
    }
}

TEST(Merge, ReadsAThirdTimeWithoutChecksAfterSkipping)
{
    const std::string text = "{\"drywalk_trace\":2}\n"
                             "{\"op\":\"mov_cr4\",\"value\":\"0x200a0\",\"seq\":1}\n"
                             "{\"op\":\"mov_cr3\",\"value\":\"0x8000000000001000\",\"seq\":2}\n";
    TraceReader reader = reader_of(text);
    ASSERT_TRUE(reader.skip());
    Event event;
    EXPECT_TRUE(reader.next(event));
    EXPECT_EQ(event.value, 0x8000'0000'0000'1000U);
}

TEST(Noise, IsSkippedWhereThatIsAsked)
{
    const std::string text = "ue\":\"0x1\"}\n[    0.1] Booting\n" + header_2 + "\n{ }\n" + std::string(300'000, '.') +
                             "\n{\"op\":\"mark\",\"name\":\"x\"}\r\n" + std::string(70'000, '\0') +
                             "{\"op\":\"mark\",\"name\":\"inside\"}\nlast";
    ReadOptions options;
    options.skip_noise = true;
    std::vector<NamedSource> sources;
    sources.push_back({"t", open_memory(text, "t")});
    TraceReader reader{std::move(sources), options};
    EXPECT_EQ(reader.header().cpus, 4U);
    Event event;
    ASSERT_TRUE(reader.next(event));
    EXPECT_EQ(event.name, "x");
    EXPECT_EQ(reader.place().line, 7U);
    EXPECT_FALSE(reader.next(event));
    EXPECT_EQ(reader.noise(), 7U);
    EXPECT_FALSE(reader.counts_lines());
}

[[nodiscard]] TraceReader noisy_reader(const std::string& text)
{
    ReadOptions options;
    options.skip_noise = true;
    std::vector<NamedSource> sources;
    sources.push_back({"t", open_memory(text, "t")});
    return TraceReader{std::move(sources), options};
}

TEST(Noise, IsNoEventThatIsIndented)
{
    TraceReader reader = noisy_reader(header_2 + "\n \t{\"op\":\"mark\",\"name\":\"indented\"}\n");
    Event event;
    ASSERT_TRUE(reader.next(event));
    EXPECT_EQ(event.name, "indented");
}

TEST(Noise, EndsTheReadingIfItDoesNotEnd)
{
    TraceReader reader = noisy_reader(header_2 + "\n" + std::string(70'000'000, '.'));
    Event event;
    EXPECT_THROW((void)reader.next(event), InputError);
}

TEST(Noise, IsNoEventThatIsTooLong)
{
    ReadOptions options;
    options.skip_noise = true;
    std::vector<NamedSource> sources;
    sources.push_back({"t", open_memory(header_2 + "{\"" + std::string(100'000, 'x'), "t")});
    TraceReader reader{std::move(sources), options};
    Event event;
    EXPECT_THROW((void)reader.next(event), InputError);
}

TEST(Noise, AloneIsNoTrace)
{
    ReadOptions options;
    options.skip_noise = true;
    std::vector<NamedSource> sources;
    sources.push_back({"t", open_memory("hello\n", "t")});
    try {
        const TraceReader reader{std::move(sources), options};
        ADD_FAILURE();
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(),
                     R"(t:1:1: no line begins with {" (line 1 is the header, at least {"drywalk_trace":1}))");
    }
}

} // namespace
} // namespace drywalk::trace::test
