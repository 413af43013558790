// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a trace, through decompression, parser, oracle and reports. Only InputError may come out.
#include "sim/judge/report.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/scenario/input_error.hpp"
#include "sim/trace/trace_input.hpp"
#include "sim/trace/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace drywalk;

/// What was read, written again and read again, is the same.
void require_round_trip(const trace::Event& event)
{
    std::string bytes = "{\"drywalk_trace\":1,\"cpus\":1024,\"memory_bytes\":\"0x10000000000000\"}\n";
    trace::append_event_line(bytes, event);
    trace::TraceReader reader{trace::open_memory(bytes, "again"), "again"};
    trace::Event again;
    if (!reader.next(again) || !(again == event)) std::abort();
}

/// Processors and memory as large as the format allows would make the fuzzer slow, and find nothing more.
bool small(const trace::Header& header) { return header.cpus <= 4 && header.memory_bytes <= std::uint64_t{1} << 40; }

void judge(const std::string& bytes)
{
    const trace::TraceInput input = trace::TraceInput::of_memory(bytes, "fuzz");
    if (!small(input.open().header())) return;
    const judge::TraceVerdict verdict = judge::judge_input(input);
    const auto accounted = verdict.violations.total + verdict.warnings.total + verdict.architectural_faults;
    if (accounted > verdict.events) std::abort();
    if (verdict.violations.total + verdict.warnings.total + verdict.redundant_invalidations.total == 0) return;
    (void)judge::text_report(verdict);
    (void)judge::json_report(verdict);
    (void)judge::sarif_report(verdict, "fuzz");
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
        read(bytes);
        judge(bytes);
    } catch (const drywalk::InputError&) {
        return 0; // one of the two ways out
    }
    return 0;
}
