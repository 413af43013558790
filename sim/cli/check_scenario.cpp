// SPDX-License-Identifier: MIT
#include "sim/cli/check_scenario.hpp"

#include "sim/cli/installation.hpp"
#include "sim/input/input_error.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/study/kernel_costs.hpp"
#include "sim/study/study.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace drywalk::cli {

namespace fs = std::filesystem;

namespace {

/// A directory of its own for the trace of a run; it goes away with it.
class TraceDirectory {
public:
    TraceDirectory()
    {
        std::string pattern = fs::temp_directory_path() / "drywalk_check_XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw InputError(
                fmt::format("{}: no temporary directory can be made there", fs::temp_directory_path().string()));
        }
        path_ = pattern;
    }
    TraceDirectory(const TraceDirectory&) = delete;
    TraceDirectory& operator=(const TraceDirectory&) = delete;
    ~TraceDirectory()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    /// Compressed: the trace of a run may be long.
    [[nodiscard]] fs::path trace() const { return path_ / "trace.jsonl.zst"; }

private:
    fs::path path_;
};

} // namespace

ScenarioCheck check_scenario(const fs::path& file, x86::Vendor vendor, const std::optional<std::string>& machine)
{
    const Installation installation = find_installation();
    const scenario::Scenario scenario = scenario::load_scenario(file, installation.data);
    const machine::Machine profile =
        machine::load_machine(installation.machines, machine.value_or(scenario.machine), scenario.machine_overrides);
    const platform::KernelCosts costs = study::load_kernel_costs(installation.kernel_costs);
    const TraceDirectory directory;
    ScenarioCheck check;
    check.title = fmt::format("{}: {}", scenario.name, scenario.summary);
    output::ProgressLine progress{"judging"};
    for (const kernel::Discipline discipline : scenario.disciplines) {
        progress.show(check.verdicts.size(), scenario.disciplines.size());
        scenario::Scenario one = scenario;
        one.disciplines = {discipline};
        study::StudyOptions options;
        options.with_sweep = false;
        options.trace = directory.trace();
        static_cast<void>(study::carry_out(one, profile, costs, options));
        judge::TraceVerdict verdict = judge::judge_file(directory.trace().string(), vendor);
        verdict.file = file.string();
        verdict.lines = false;
        check.verdicts.push_back({std::string{scenario::discipline_name(discipline)}, std::move(verdict)});
    }
    return check;
}

} // namespace drywalk::cli
