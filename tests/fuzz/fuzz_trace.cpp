// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a trace, through decompression, parser, oracle and reports. Only InputError may come out.
#include "sim/input/input_error.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/trace/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace drywalk;

/// What was read, written again and read again, is the same. The processor need not take it.
void require_round_trip(trace::Event event)
{
    std::string bytes = "{\"drywalk_trace\":2,\"cpus\":1024,\"memory_bytes\":\"0x10000000000000\"}\n";
    trace::append_event_line(bytes, event);
    trace::LogReader reader{trace::open_memory(bytes, "again"), "again", {}};
    trace::Event again;
    if (!event.stack.empty()) event.src = {}; // follows from the stack
    if (!reader.next(again) || !(again == event)) std::abort();
}

/// The same bytes as two logs, and as one with noise, end or are refused.
void merge(const std::string& bytes)
{
    std::vector<trace::NamedSource> sources;
    sources.push_back({"first", trace::open_memory(bytes, "first")});
    sources.push_back({"second", trace::open_memory(bytes, "second")});
    trace::ReadOptions options;
    options.skip_noise = true;
    trace::TraceReader reader{std::move(sources), options};
    for (trace::Event event; reader.next(event);) {
    }
}

/// Processors and memory as large as the format allows would make the fuzzer slow, and find nothing more.
bool small(const trace::Header& header) { return header.cpus <= 4 && header.memory_bytes <= std::uint64_t{1} << 40; }

void judge_all(const std::string& bytes)
{
    const trace::TraceInput input = trace::TraceInput::of_memory(bytes, "fuzz");
    if (!small(input.open().header())) return;
    const judge::TraceVerdict verdict = judge::judge_input(input);
    if (verdict.accesses + verdict.releases > verdict.events) std::abort();
    if (verdict.architectural_faults > verdict.accesses) std::abort();
    if (verdict.violations.total + verdict.warnings.total + verdict.redundant_invalidations.total == 0) return;
    (void)judge::text_report(verdict);
    (void)judge::json_report(verdict);
    (void)judge::sarif_report(verdict, "fuzz");
    (void)judge::junit_report(verdict);
    (void)judge::gcc_report(verdict);
    (void)judge::github_report(verdict);
}

void read(const std::string& bytes)
{
    trace::TraceReader reader{trace::open_memory(bytes, "fuzz"), "fuzz"};
    for (trace::Event event; reader.next(event);)
        require_round_trip(event);
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes{reinterpret_cast<const char*>(data), size};
    try {
        merge(bytes);
    } catch (const drywalk::InputError&) { // one of the two ways out
    }
    try {
        read(bytes);
        judge_all(bytes);
    } catch (const drywalk::InputError&) {
        return 0;
    }
    return 0;
}
