// SPDX-License-Identifier: MIT
// How many events a second `drywalk check` reads and judges, and each of the two alone.
#include "bench/steady_trace.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/trace/byte_source.hpp"
#include "sim/trace/writer.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

namespace drywalk::bench {

namespace {

constexpr std::uint64_t accesses = 10'000'000;

const std::string& steady_text()
{
    static const std::string text = [] {
        std::string lines = trace::header_line(steady_header());
        make_steady_trace(accesses, [&](const trace::Event& event) { trace::append_event_line(lines, event); });
        return lines;
    }();
    return text;
}

trace::TraceReader steady_reader()
{
    return trace::TraceReader{std::make_unique<trace::BorrowedBytes>(steady_text()), "steady"};
}

void count_events(benchmark::State& state, std::uint64_t events)
{
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

void parse(benchmark::State& state)
{
    std::uint64_t events = 0;
    static_cast<void>(steady_text()); // outside of the measured time
    for ([[maybe_unused]] const auto round : state) {
        trace::TraceReader reader = steady_reader();
        trace::Event event;
        for (; reader.next(event); ++events)
            benchmark::DoNotOptimize(event);
    }
    count_events(state, events);
}

/// From memory, event by event, so that the time is the oracle's and not that of a list of a gigabyte.
void judge(benchmark::State& state)
{
    constexpr std::uint64_t part = 1'000'000;
    std::vector<trace::Event> list;
    make_steady_trace(part, [&](const trace::Event& event) { list.push_back(event); });
    std::uint64_t events = 0;
    for ([[maybe_unused]] const auto round : state) {
        judge::TraceJudge judge{steady_header()};
        for (const trace::Event& event : list)
            judge.judge(event);
        if (!judge.verdict().clean()) state.SkipWithError("the trace should be clean");
        events += list.size();
    }
    count_events(state, events);
}

void parse_and_judge(benchmark::State& state)
{
    std::uint64_t events = 0;
    static_cast<void>(steady_text()); // outside of the measured time
    for ([[maybe_unused]] const auto round : state) {
        trace::TraceReader reader = steady_reader();
        const judge::TraceVerdict verdict = judge::judge_trace(reader);
        if (!verdict.clean()) state.SkipWithError("the trace should be clean");
        events += verdict.events;
    }
    count_events(state, events);
}

BENCHMARK(parse)->Name("check_trace/any/oracle:off")->Unit(benchmark::kMillisecond);
BENCHMARK(parse_and_judge)->Name("check_trace/any/oracle:on")->Unit(benchmark::kMillisecond);
BENCHMARK(judge)->Name("judge_only/any/oracle:on")->Unit(benchmark::kMillisecond);

} // namespace

} // namespace drywalk::bench

BENCHMARK_MAIN();
