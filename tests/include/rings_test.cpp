// SPDX-License-Identifier: MIT
// Events in ring buffers, one per processor: nothing is told twice, and what is told is whole.
#include "include/drywalk/drywalk_trace.h"

#include "tests/include/recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <latch>
#include <thread>

namespace drywalk::tracing {
namespace {

/// A kernel with rings of `count` records.
class Rings {
public:
    Rings(uint32_t cpus, uint32_t count, drywalk_keep keep) : records_(cpus), rings_(cpus)
    {
        for (uint32_t cpu = 0; cpu < cpus; ++cpu) {
            records_[cpu] = std::vector<drywalk_record>(count);
            rings_[cpu].records = records_[cpu].data();
            rings_[cpu].count = count;
        }
        kernel_.cpu = processor;
        kernel_.rings = rings_.data();
        kernel_.keep = keep;
        state_.cpus = cpus;
        be_processor(0);
        DRYWALK_START(&kernel_, &state_);
    }
    ~Rings() { DRYWALK_STOP(); }
    Rings(const Rings&) = delete;
    Rings& operator=(const Rings&) = delete;

    /// The lines of a ring without the header.
    [[nodiscard]] std::vector<std::string> events(uint32_t cpu)
    {
        DRYWALK_STOP();
        EXPECT_TRUE(DRYWALK_RENDER(cpu, put));
        const std::string text = taken();
        header_ = text.substr(0, text.find('\n'));
        return lines_of(without_header(text));
    }
    [[nodiscard]] const std::string& header() const { return header_; }
    drywalk_state& state() { return state_; }

private:
    std::vector<std::vector<drywalk_record>> records_;
    std::vector<drywalk_ring> rings_;
    drywalk_kernel kernel_{};
    drywalk_state state_{};
    std::string header_;
};

const drywalk_place here{"a.c", 7, nullptr, nullptr};

/// One event whose operand says which one it is.
void log(uint64_t number) { DRYWALK_INVLPG_AT(nullptr, number << 12); }
std::string logged(uint64_t number, uint64_t seq, uint32_t cpu = 0)
{
    std::array<char, 128> text{};
    const std::string middle = cpu == 0 ? "" : R"(,"cpu":"0x)" + std::to_string(cpu) + "\"";
    (void)std::snprintf(text.data(), text.size(), R"({"op":"invlpg","va":"0x%llx"%s,"seq":"0x%llx"})",
                        static_cast<unsigned long long>(number << 12), middle.c_str(),
                        static_cast<unsigned long long>(seq));
    return text.data();
}
void log_from_to(uint64_t begin, uint64_t end)
{
    for (; begin != end; ++begin)
        log(begin);
}

TEST(Rings, OneCounterNumbersTheEventsOfAllProcessors)
{
    Rings rings{2, 64, drywalk_keep_oldest};
    log(10);
    be_processor(1);
    log(11);
    DRYWALK_STORE_AT(&here, 0x1000, 3);
    be_processor(0);
    log(12);
    EXPECT_EQ(rings.events(0), (std::vector<std::string>{logged(10, 0), logged(12, 3)}));
    EXPECT_EQ(rings.header(), R"({"drywalk_trace":2,"cpus":"0x2"})");
    EXPECT_EQ(
        rings.events(1),
        (std::vector<std::string>{
            logged(11, 1, 1), R"({"op":"store","pa":"0x1000","value":"0x3","cpu":"0x1","seq":"0x2","src":"a.c:7"})"}));
    EXPECT_EQ(drywalk_lost(), 0U);
}

TEST(Rings, CanBeRenderedTwiceAndStartedAgain)
{
    Rings rings{1, 64, drywalk_keep_oldest};
    log(1);
    EXPECT_EQ(rings.events(0), rings.events(0));
    Rings again{1, 64, drywalk_keep_oldest};
    EXPECT_TRUE(again.events(0).empty());
}

TEST(Rings, KeepAPageAsItWasWhenItWasLogged)
{
    Rings rings{1, 64, drywalk_keep_oldest};
    std::vector<uint64_t> entries(512);
    for (std::size_t index = 0; index < entries.size(); ++index)
        entries[index] = index;
    log(1);
    DRYWALK_PAGE_AT(nullptr, 0x2000, entries.data());
    log(2);
    entries.assign(512, 0xff);
    const auto events = rings.events(0);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0], logged(1, 0));
    EXPECT_EQ(events[2], logged(2, 2));
    std::string hex;
    for (unsigned index = 0; index < 512; ++index) {
        constexpr const char* digits = "0123456789abcdef";
        hex += {digits[index >> 4 & 15], digits[index & 15], '0', digits[index >> 8]};
        hex += "000000000000";
    }
    EXPECT_EQ(events[1], R"({"op":"page","pa":"0x2000","hex":")" + hex + R"(","seq":"0x1"})");
}

TEST(KeepOldest, EndsAllRingsWhereTheFirstOneIsFull)
{
    Rings rings{2, 64, drywalk_keep_oldest};
    be_processor(1);
    log_from_to(0, 10);
    be_processor(0);
    log_from_to(10, 80); // 64 fit: seq 10 to 73
    be_processor(1);
    log_from_to(80, 90); // would fit, but 6 events before them are missing
    EXPECT_EQ(drywalk_lost(), 16U);
    const auto first = rings.events(0);
    ASSERT_EQ(first.size(), 65U);
    EXPECT_EQ(first[0], logged(10, 10));
    EXPECT_EQ(first[63], logged(73, 73));
    EXPECT_EQ(first[64], R"({"op":"mark","seq":"0x4a","name":"events lost: 16"})");
    const auto second = rings.events(1);
    ASSERT_EQ(second.size(), 11U);
    EXPECT_EQ(second[9], logged(9, 9, 1));
    EXPECT_EQ(second[10], R"({"op":"mark","seq":"0x4b","cpu":"0x1","name":"events lost: 16"})");
}

TEST(KeepOldest, APageThatDoesNotFitEndsTheLogToo)
{
    Rings rings{1, 64, drywalk_keep_oldest};
    const std::vector<uint64_t> entries(512);
    log_from_to(0, 30);
    DRYWALK_PAGE_AT(nullptr, 0x2000, entries.data());
    log(30);
    const auto events = rings.events(0);
    ASSERT_EQ(events.size(), 31U);
    EXPECT_EQ(events[29], logged(29, 29));
    EXPECT_NE(events[30].find("events lost: 2"), std::string::npos);
}

TEST(KeepNewest, WithoutOverflowTheLogBeginsAtTheStart)
{
    Rings rings{1, 64, drywalk_keep_newest};
    log_from_to(0, 10);
    DRYWALK_SNAPSHOT(&rings.state());
    log_from_to(10, 64);
    EXPECT_EQ(rings.events(0).size(), 64U);
    EXPECT_EQ(rings.header(), R"({"drywalk_trace":2,"cpus":"0x1"})");
}

TEST(KeepNewest, BeginsAtTheEarliestSnapshotOfWhichNothingIsLost)
{
    Rings rings{2, 64, drywalk_keep_newest};
    drywalk_state second = rings.state();
    second.cr3 = 0x2000;
    drywalk_state third = rings.state();
    third.cr3 = 0x3000;
    log_from_to(0, 10);
    DRYWALK_SNAPSHOT(&rings.state());
    log_from_to(10, 50);
    be_processor(1);
    log(50);
    DRYWALK_SNAPSHOT(&second); // at 51
    log(51);
    be_processor(0);
    log_from_to(52, 60);
    DRYWALK_SNAPSHOT(&third); // at 60
    log_from_to(60, 100);     // cpu 0 has had 98 events: those from 0 to 33 are lost
    const auto first = rings.events(0);
    EXPECT_EQ(rings.header(), R"({"drywalk_trace":2,"cpus":"0x2","cr3":"0x2000","from":"middle"})");
    ASSERT_EQ(first.size(), 49U);
    EXPECT_EQ(first[0], logged(52, 1));
    EXPECT_EQ(first[47], logged(99, 48));
    EXPECT_EQ(first[48], R"({"op":"mark","seq":"0x31","name":"events lost: 34"})");
    const auto other = rings.events(1);
    ASSERT_EQ(other.size(), 2U);
    EXPECT_EQ(other[0], logged(51, 0, 1));
}

TEST(KeepNewest, WithoutAWholeSnapshotThereIsNothingToRender)
{
    Rings rings{1, 64, drywalk_keep_newest};
    DRYWALK_SNAPSHOT(&rings.state());
    log_from_to(0, 65);
    DRYWALK_STOP();
    EXPECT_FALSE(DRYWALK_RENDER(0, put));
    EXPECT_EQ(taken(), "");
}

TEST(KeepNewest, APageOfWhichAPartIsOverwrittenIsLost)
{
    Rings rings{1, 64, drywalk_keep_newest};
    const std::vector<uint64_t> entries(512, 0x55);
    DRYWALK_PAGE_AT(nullptr, 0x2000, entries.data()); // 41 records
    DRYWALK_SNAPSHOT(&rings.state());
    log_from_to(1, 41); // 40: the last 17 overwrite the page's beginning
    const auto events = rings.events(0);
    ASSERT_EQ(events.size(), 41U);
    EXPECT_EQ(events[0], logged(1, 0));
    EXPECT_NE(events[40].find("events lost: 1\""), std::string::npos);
}

TEST(Rings, AnEventOfAProcessorWithoutARingIsLostAndEndsTheLog)
{
    Rings rings{1, 64, drywalk_keep_oldest};
    log(1);
    be_processor(5);
    log(2);
    be_processor(0);
    log(3);
    EXPECT_EQ(drywalk_lost(), 2U);
    const auto events = rings.events(0);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0], logged(1, 0));
    EXPECT_EQ(events[1], R"({"op":"mark","seq":"0x1","name":"events lost: 2"})");
}

/// One thread a processor; each logs `each` events.
void log_in_parallel(uint32_t cpus, uint64_t each)
{
    std::latch together{cpus};
    std::vector<std::thread> threads;
    for (uint32_t cpu = 0; cpu < cpus; ++cpu) {
        threads.emplace_back([cpu, each, &together] {
            be_processor(cpu);
            together.arrive_and_wait();
            log_from_to(cpu * each, (cpu + 1) * each);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

TEST(Threads, NumbersAreUniqueAndCompleteAndEachProcessorsOwnAscend)
{
    constexpr uint32_t cpus = 4;
    constexpr uint64_t each = 60000;
    Rings rings{cpus, 65536, drywalk_keep_oldest};
    log_in_parallel(cpus, each);
    std::vector<uint64_t> numbers;
    for (uint32_t cpu = 0; cpu < cpus; ++cpu) {
        const auto events = rings.events(cpu);
        ASSERT_EQ(events.size(), each);
        for (uint64_t index = 0; index < each; ++index) {
            numbers.push_back(seq_of(events[index]));
            ASSERT_EQ(events[index], logged(cpu * each + index, numbers.back(), cpu));
        }
        ASSERT_TRUE(std::is_sorted(numbers.end() - each, numbers.end()));
    }
    std::sort(numbers.begin(), numbers.end());
    for (uint64_t number = 0; number < numbers.size(); ++number)
        ASSERT_EQ(numbers[number], number);
}

/// What is left when rings overflow in parallel has neither gap nor repetition.
void expect_whole(uint32_t cpus, Rings& rings)
{
    std::vector<uint64_t> numbers;
    for (uint32_t cpu = 0; cpu < cpus; ++cpu) {
        for (const std::string& event : rings.events(cpu))
            numbers.push_back(seq_of(event));
    }
    std::sort(numbers.begin(), numbers.end());
    EXPECT_GT(numbers.size(), cpus);
    for (uint64_t number = 0; number < numbers.size(); ++number)
        ASSERT_EQ(numbers[number], number);
}

TEST(Threads, TheOldestEventsAreWholeWhenRingsOverflow)
{
    Rings rings{4, 1024, drywalk_keep_oldest};
    log_in_parallel(4, 20000);
    EXPECT_GT(drywalk_lost(), 0U);
    expect_whole(4, rings);
}

TEST(Threads, TheNewestEventsAreWholeWhenRingsOverflow)
{
    Rings rings{4, 1024, drywalk_keep_newest};
    log_in_parallel(4, 20000);
    DRYWALK_SNAPSHOT(&rings.state());
    log_in_parallel(4, 200);
    EXPECT_EQ(drywalk_lost(), 4U * (20200U - 1024U));
    expect_whole(4, rings);
}

TEST(Threads, ThreadsThatShareARingLikeInterruptsAreToldInOrder)
{
    constexpr uint64_t each = 10000;
    Rings rings{1, 32768, drywalk_keep_oldest};
    std::vector<std::thread> threads;
    for (uint64_t thread = 0; thread < 3; ++thread)
        threads.emplace_back([thread] { log_from_to(thread * each, (thread + 1) * each); });
    for (std::thread& thread : threads)
        thread.join();
    const auto events = rings.events(0);
    ASSERT_EQ(events.size(), 3 * each);
    for (uint64_t number = 0; number < events.size(); ++number)
        ASSERT_EQ(seq_of(events[number]), number);
}

} // namespace
} // namespace drywalk::tracing
