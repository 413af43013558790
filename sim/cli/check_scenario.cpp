// SPDX-License-Identifier: MIT
#include "sim/cli/check_scenario.hpp"

#include "sim/cli/installation.hpp"
#include "sim/cli/output.hpp"
#include "sim/measure/kernel_costs.hpp"
#include "sim/report/json_report.hpp"
#include "sim/report/text_report.hpp"

#include <fmt/format.h>

namespace drywalk::cli {

namespace {

std::string line_of(const measure::Row& row)
{
    std::string details = report::judge_text(row);
    if (!details.empty()) return details;
    return fmt::format("  {}: {}\n", scenario::discipline_name(row.discipline), report::judgement(row.result));
}

} // namespace

ScenarioCheck check_scenario(const std::filesystem::path& file, x86::Vendor vendor)
{
    const Installation installation = find_installation();
    const scenario::Scenario scenario = scenario::load_scenario(file, installation.data);
    measure::StudyOptions options;
    options.with_sweep = false;
    options.judge = platform::JudgeOptions{vendor, platform::Adversary::none, 0};
    ProgressLine progress{"judging"};
    const measure::Study study = measure::carry_out(
        scenario, scenario::load_machine(installation.machines, scenario.machine, scenario.machine_overrides),
        measure::load_kernel_costs(installation.kernel_costs), options,
        [&](std::size_t done, std::size_t all) { progress.show(done, all); });
    ScenarioCheck check;
    check.text = fmt::format("{}: {}\n", scenario.name, scenario.summary);
    check.json = report::json_report(study);
    for (const measure::Row& row : study.rows) {
        check.text += line_of(row);
        check.violations += row.result.judge->violations();
        check.warnings += row.result.judge->warnings();
    }
    return check;
}

} // namespace drywalk::cli
