// SPDX-License-Identifier: MIT
#include "sim/cli/check_scenario.hpp"

#include "sim/cli/installation.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/output/atomic_file.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/process/temporary_folder.hpp"
#include "sim/study/kernel_costs.hpp"
#include "sim/study/study.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace drywalk::cli {

ScenarioCheck check_scenario(const std::filesystem::path& file, x86::Vendor vendor,
                             const std::optional<std::string>& machine)
{
    const Installation installation = find_installation();
    const scenario::Scenario scenario = scenario::load_scenario(file, installation.data);
    const machine::Machine profile =
        machine::load_machine(installation.machines, machine.value_or(scenario.machine), scenario.machine_overrides);
    const platform::KernelCosts costs = study::load_kernel_costs(installation.kernel_costs);
    const process::TemporaryFolder folder{"drywalk-check-"};
    const std::filesystem::path trace_file = folder.path() / "trace.jsonl.zst"; // the trace of a run may be long
    ScenarioCheck check;
    check.title = fmt::format("{}: {}", scenario.name, scenario.summary);
    output::ProgressLine progress{"judging"};
    for (const kernel::Discipline discipline : scenario.disciplines) {
        progress.show(check.verdicts.size(), scenario.disciplines.size());
        scenario::Scenario one = scenario;
        one.disciplines = {discipline};
        study::StudyOptions options;
        options.with_sweep = false;
        output::AtomicFile trace{trace_file};
        options.trace = &trace;
        try {
            static_cast<void>(study::carry_out(one, profile, costs, options));
        } catch (const study::DeadRuns& dead) {
            check.dead_runs.push_back(fmt::format("{}: {}", scenario.name, dead.what()));
            continue;
        }
        trace.commit();
        judge::TraceVerdict verdict = judge::judge_file(trace_file.string(), vendor);
        verdict.file = file.string();
        verdict.lines = false;
        check.verdicts.push_back({std::string{scenario::discipline_name(discipline)}, std::move(verdict)});
    }
    if (check.verdicts.empty() && !check.dead_runs.empty()) throw std::runtime_error(check.dead_runs.front());
    return check;
}

} // namespace drywalk::cli
