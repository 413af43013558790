// SPDX-License-Identifier: MIT
// The instructions that the simulator charges for one unit of work, next to those that a real machine executes: the
// charges are averages of another workload, so this says how far they carry.
#include "sim/boot/machine_run.hpp"
#include "sim/machine/machine.hpp"
#include "sim/platform/plain_platform.hpp"
#include "sim/scenario/load.hpp"
#include "sim/study/kernel_costs.hpp"
#include "tests/support/source_tree.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::study {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path shipped = source_tree() / "scenarios";

/// Units are added by writing more of them into the scenario.
struct Workload {
    std::string scenario;
    std::string count; ///< JSON pointer
    std::string rung;
};

void PrintTo(const Workload& workload, std::ostream* out) { *out << workload.scenario << " on " << workload.rung; }

/// The program with `units` units.
std::vector<std::byte> program_of(const Workload& workload, unsigned units)
{
    json document = json::parse(std::ifstream{shipped / (workload.scenario + ".json")});
    document[json::json_pointer{workload.count}] = units;
    document["kernel"]["rung"] = workload.rung;
    document.erase("expect");
    document.erase("sweep");
    document["disciplines"] = {"not_global"};
    const fs::path file = fs::path{testing::TempDir()} / (workload.scenario + "_" + std::to_string(units) + ".json");
    std::ofstream{file} << document;
    const scenario::Scenario loaded = scenario::load_scenario(file, scenario::DataDirectory{shipped});
    return compile_program(loaded, kernel::Discipline::not_global);
}

/// Of all kernel paths together, on each side.
struct Instructions {
    double simulated = 0;
    double executed = 0;
};

Instructions instructions_of(const std::vector<std::byte>& program)
{
    const platform::KernelCosts costs = load_kernel_costs(shipped / "kernel_instruction_counts.json");
    const auto profile = machine::load_machine(shipped / "machines", "bochs_2_7").profile;
    const platform::RunResult simulated = platform::run_plain(profile, costs, program);
    boot::MachineRequest request;
    request.kernel = DRYWALK_KERNEL_ELF;
    request.program = program;
    request.count_instructions = true;
    const boot::MachineResult executed = run_on(request);
    EXPECT_EQ(executed.status, boot::MachineStatus::completed) << executed.message;
    Instructions sum;
    for (unsigned path = 0; path < kernel::hal::path_count; ++path) {
        const std::uint64_t passes = simulated.counts.path_passes[path];
        EXPECT_EQ(passes, executed.log.paths[path].passes) << path_names[path];
        if (passes != 0) sum.simulated += static_cast<double>(passes * costs.instructions[path].value());
        sum.executed += static_cast<double>(executed.log.paths[path].ticks);
    }
    return sum;
}

class OneUnit : public testing::TestWithParam<Workload> {};

TEST_P(OneUnit, TakesAsManyInstructionsAsOnARealMachine)
{
    if (const auto missing = boot::missing_for(boot::Target::qemu)) GTEST_SKIP() << *missing;
    constexpr unsigned few = 4; // from then on runtimes are reused
    constexpr unsigned many = 10;
    const Instructions less = instructions_of(program_of(GetParam(), few));
    const Instructions more = instructions_of(program_of(GetParam(), many));
    const double simulated = (more.simulated - less.simulated) / (many - few);
    const double executed = (more.executed - less.executed) / (many - few);
    EXPECT_GT(executed, 0);
#ifdef __clang__
    GTEST_SKIP() << "what is charged was counted in GCC's kernel; " << simulated << " charged, " << executed
                 << " executed";
#endif
    EXPECT_NEAR(simulated / executed, 1, 0.1) << simulated << " charged, " << executed << " executed";
    RecordProperty("charged_per_unit", std::to_string(simulated));
    RecordProperty("executed_per_unit", std::to_string(executed));
}

INSTANTIATE_TEST_SUITE_P(
    Workloads, OneUnit,
    testing::Values(Workload{"sub_vm_recurse", "/workload/sub_vm_recurse/repeat", "overlays"},
                    Workload{"sub_vm_recurse", "/workload/sub_vm_recurse/repeat", "copy_on_write"},
                    Workload{"sub_vm_data_recurse", "/workload/sub_vm_data_recurse/repeat", "aligned_caps"},
                    Workload{"sub_vm_data_recurse", "/workload/sub_vm_data_recurse/repeat", "direct_eager"},
                    Workload{"sub_vm_data_recurse", "/workload/sub_vm_data_recurse/repeat", "copy_on_write"},
                    Workload{"pt_cache_call", "/workload/pt_cache_call/calls", "copy_on_write"},
                    Workload{"persistent_service", "/workload/persistent_service/requests", "overlays"},
                    Workload{"persistent_service", "/workload/persistent_service/requests", "runtime_cache"},
                    Workload{"persistent_service", "/workload/persistent_service/requests", "copy_on_write"}));

} // namespace
} // namespace drywalk::study
