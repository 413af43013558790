// SPDX-License-Identifier: MIT
// How many references a second `drywalk replay` takes from a trace through its reader, pager and MMU, and how many its
// readers alone. A replay has no oracle: its pager flushes what it must, and stops where a stale translation is used.
#include "bench/run_registered.hpp"
#include "bench/synthetic_program.hpp"
#include "sim/machine/machine.hpp"
#include "sim/replay/native_writer.hpp"
#include "sim/replay/reader.hpp"
#include "sim/replay/replay.hpp"
#include "sim/trace/byte_source.hpp"
#include "tests/support/source_tree.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace drywalk::bench {

namespace {

using replay::Reference;
using replay::ReferenceKind;

constexpr std::uint64_t instructions = 2'000'000;

std::string native_trace()
{
    std::vector<unsigned char> bytes;
    replay::NativeEncoder encoder{bytes};
    SyntheticProgram program;
    for (std::uint64_t count = 0; count < instructions; ++count) {
        const auto append = [&](std::uint64_t address, std::uint32_t size, ReferenceKind kind) {
            encoder.append({x86::LinearAddress::truncate(address), size, kind});
        };
        const Instruction instruction = program.next();
        append(instruction.ip, instruction.bytes, ReferenceKind::fetch);
        if (instruction.load) append(*instruction.load, 8, ReferenceKind::load);
        if (instruction.store) append(*instruction.store, 8, ReferenceKind::store);
    }
    encoder.finish(false);
    return {bytes.begin(), bytes.end()};
}

/// ChampSim's input_instr: ip at 0, the first store at 16, the first load at 32.
std::string champsim_trace()
{
    constexpr std::size_t record_bytes = 64;
    std::string bytes(instructions * record_bytes, '\0');
    SyntheticProgram program;
    for (std::uint64_t count = 0; count < instructions; ++count) {
        const Instruction instruction = program.next();
        const auto put = [&](std::size_t offset, std::uint64_t value) {
            std::memcpy(bytes.data() + count * record_bytes + offset, &value, sizeof value);
        };
        put(0, instruction.ip);
        if (instruction.store) put(16, *instruction.store);
        if (instruction.load) put(32, *instruction.load);
    }
    return bytes;
}

struct Format {
    std::string name;
    const std::string& (*trace)();
};

const Format formats[]{
    {"native",
     []() -> const std::string& {
         static const std::string trace = native_trace();
         return trace;
     }},
    {"champsim",
     []() -> const std::string& {
         static const std::string trace = champsim_trace();
         return trace;
     }},
};

/// Gives the whole trace to `take`, in batches as large as those of the command.
template <typename Take>
void read_whole(const Format& format, Take&& take)
{
    const auto reader = replay::open_references(std::make_unique<trace::BorrowedBytes>(format.trace()), format.name);
    std::vector<Reference> batch(4096);
    for (std::size_t count = 0; (count = reader->read(batch)) != 0;)
        take(std::span<const Reference>{batch.data(), count});
}

void read_only(benchmark::State& state, const Format& format)
{
    static_cast<void>(format.trace()); // outside of the measured time
    std::uint64_t references = 0;
    for ([[maybe_unused]] const auto each : state) {
        read_whole(format, [&](std::span<const Reference> batch) {
            benchmark::DoNotOptimize(batch.data());
            references += batch.size();
        });
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(references));
}

/// From an empty machine on, the page faults of the first touches included.
void replay_whole(benchmark::State& state, const Format& format, const std::string& machine,
                  const replay::ReplayOptions& options)
{
    static_cast<void>(format.trace());
    const machine::Profile profile = machine::load_machine(source_tree() / "scenarios" / "machines", machine).profile;
    std::uint64_t references = 0;
    replay::ReplayCounts counts;
    for ([[maybe_unused]] const auto each : state) {
        replay::Replay replay{profile, options};
        read_whole(format, [&](std::span<const Reference> batch) { replay.play(batch); });
        counts = replay.result().counts;
        references += counts.references();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(references));
    const auto per_thousand = [&](std::uint64_t part) {
        return 1000 * static_cast<double>(part) / static_cast<double>(counts.references());
    };
    state.counters["walks/1000"] = per_thousand(counts.walks.walks);
    state.counters["faults/1000"] = per_thousand(counts.page_faults);
}

void add_replays()
{
    for (const Format& format : formats) {
        benchmark::RegisterBenchmark(("read_trace_only:" + format.name + "/any").c_str(), [&](benchmark::State& state) {
            read_only(state, format);
        })->Unit(benchmark::kMillisecond);
        for (const std::string machine : {"skylake_sp", "zen4"}) {
            const auto add = [&](const std::string& name, const replay::ReplayOptions& options) {
                benchmark::RegisterBenchmark(
                    (name + ":" + format.name + "/" + machine).c_str(),
                    [=, &format](benchmark::State& state) { replay_whole(state, format, machine, options); })
                    ->Unit(benchmark::kMillisecond);
            };
            replay::ReplayOptions options;
            add("replay", options);
            options.host_page_size = x86::PageSize::size_4k;
            options.guest_bytes = std::uint64_t{2} << 30;
            add("replay_nested_4k", options);
        }
    }
}

} // namespace

} // namespace drywalk::bench

int main(int argc, char** argv)
{
    drywalk::bench::add_replays();
    return drywalk::bench::run_registered(argc, argv);
}
