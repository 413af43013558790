// SPDX-License-Identifier: MIT
// How many accesses a second the engine simulates, by pattern and machine, with and without the oracle.
#include "bench/patterns.hpp"
#include "bench/run_registered.hpp"
#include "bench/user_process.hpp"
#include "sim/machine/machine.hpp"
#include "sim/platform/plain_platform.hpp"
#include "sim/scenario/load.hpp"
#include "tests/support/source_tree.hpp"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::bench {

namespace {

const std::filesystem::path scenarios = source_tree() / "scenarios";

machine::Profile profile_of(const std::string& machine)
{
    return machine::load_machine(scenarios / "machines", machine).profile;
}

/// One round goes through all offsets; what they bring in at first is outside of the measured time.
void run_pattern(benchmark::State& state, const std::string& machine, const Offsets& offsets, bool judged)
{
    UserProcess process{profile_of(machine), pages_of(offsets), judged};
    std::uint64_t sum = 0;
    const auto round = [&] {
        for (const std::uint64_t offset : offsets)
            sum += process.load(offset);
    };
    for (int warm_up = 0; warm_up < 2; ++warm_up)
        round();
    const std::uint64_t accesses = process.accesses();
    const std::uint64_t walks = process.walks();
    const std::uint64_t l1_hits = process.l1_hits();
    const std::uint64_t cycles = process.cycles();
    for ([[maybe_unused]] const auto each : state) {
        for (int repeat = 0; repeat < 10; ++repeat)
            round();
    }
    benchmark::DoNotOptimize(sum);
    if (!process.sound()) state.SkipWithError("a clean process was not clean");
    const auto done = static_cast<double>(process.accesses() - accesses);
    state.SetItemsProcessed(static_cast<std::int64_t>(done));
    state.counters["walks/access"] = static_cast<double>(process.walks() - walks) / done;
    state.counters["l1_hits/access"] = static_cast<double>(process.l1_hits() - l1_hits) / done;
    state.counters["cycles/access"] = static_cast<double>(process.cycles() - cycles) / done;
}

/// A kernel and its workload, from the start to the end; every translation counts as an access, as
/// `simulated_accesses` of a report does.
void run_kernel(benchmark::State& state, const std::string& machine, const scenario::Scenario& scenario,
                kernel::Discipline discipline, bool judged)
{
    const std::vector<std::byte> program = scenario::compile_program(scenario, discipline);
    const machine::Profile profile = profile_of(machine);
    std::uint64_t accesses = 0;
    platform::Counts counts;
    for ([[maybe_unused]] const auto each : state) {
        platform::Judge judge{platform::JudgeOptions{}};
        platform::CpuOptions options;
        if (judged) options.observers.push_back(&judge);
        counts = platform::run_plain(profile, {}, program, options).counts;
        accesses += counts.simulated_accesses;
        if (judged && judge.summary().violations() != 0) state.SkipWithError("a clean workload was not clean");
    }
    state.counters["copy_on_writes"] =
        static_cast<double>(counts.kernel_counters[static_cast<unsigned>(kernel::Counter::copy_on_writes)]);
    state.SetItemsProcessed(static_cast<std::int64_t>(accesses));
}

/// Two Images of 64 pages, 1,000 CALL/HALT pairs.
void run_call_halt(benchmark::State& state, const std::string& machine, kernel::Discipline discipline, bool judged)
{
    scenario::Scenario scenario = scenario::load_scenario(scenarios / "study_speed.json", {scenarios});
    scenario.workload.pairs->pairs = 1'000;
    run_kernel(state, machine, scenario, discipline, judged);
}

/// The capability kernel with copy-on-write: 100 requests, each of which writes one word in each of 64 pages, so that
/// 6,400 of the writes fault and copy a page.
void run_copy_on_write(benchmark::State& state, const std::string& machine, bool judged)
{
    scenario::Scenario scenario = scenario::load_scenario(scenarios / "persistent_service.json", {scenarios});
    scenario.workload.service->requests = 100;
    scenario.workload.service->dirty_percent = 100;
    run_kernel(state, machine, scenario, kernel::Discipline::not_global, judged);
}

void add_patterns()
{
    for (const std::string machine : {"skylake_sp", "zen4"}) {
        for (const bool judged : {false, true}) {
            const std::string end = "/" + machine + (judged ? "/oracle:on" : "/oracle:off");
            for (const Pattern& pattern : patterns) {
                benchmark::RegisterBenchmark((pattern.name + end).c_str(), [=](benchmark::State& state) {
                    run_pattern(state, machine, pattern.offsets(), judged);
                });
            }
            for (const auto& [name, discipline] :
                 {std::pair{"call_halt:not_global", kernel::Discipline::not_global},
                  std::pair{"call_halt:global_pge_toggle", kernel::Discipline::global_pge_toggle}}) {
                benchmark::RegisterBenchmark((name + end).c_str(), [=](benchmark::State& state) {
                    run_call_halt(state, machine, discipline, judged);
                })->Unit(benchmark::kMillisecond);
            }
            benchmark::RegisterBenchmark(("copy_on_write" + end).c_str(), [=](benchmark::State& state) {
                run_copy_on_write(state, machine, judged);
            })->Unit(benchmark::kMillisecond);
        }
    }
}

} // namespace

} // namespace drywalk::bench

int main(int argc, char** argv)
{
    drywalk::bench::add_patterns();
    return drywalk::bench::run_registered(argc, argv);
}
