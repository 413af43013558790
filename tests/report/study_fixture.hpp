// SPDX-License-Identifier: MIT
// A small study that was really carried out, for reports about it.
#pragma once

#include "sim/scenario/policy_names.hpp"
#include "sim/study/study.hpp"
#include "tests/support/source_tree.hpp"

#include <filesystem>

namespace drywalk::report::test {

/// The first scenario of the project with few pairs, all disciplines and a sweep over two template sizes.
inline study::Study small_study()
{
    const scenario::DataDirectory data{source_tree() / "scenarios"};
    scenario::Scenario scenario = load_scenario(data.scenarios / "cross_image_stale_global.json", data);
    scenario.workload.pairs->pairs = 20;
    scenario.sweep = {{1, 8}, {0, 100}, {}, {}};
    scenario.expectations.clear();
    platform::KernelCosts costs;
    costs.instructions.fill(10);
    return study::carry_out(scenario, machine::load_machine(data.scenarios / "machines", "skylake_sp"), costs);
}

/// A recursion of the capability kernel, with a sweep over rungs and depths.
inline study::Study recursion_study()
{
    const scenario::DataDirectory data{source_tree() / "scenarios"};
    scenario::Scenario scenario = load_scenario(data.scenarios / "sub_vm_recurse.json", data);
    scenario.workload.recursion->depth = 2;
    scenario.expectations.clear();
    scenario::Scenario global = scenario;
    global.rung = scenario::global_rung;
    global.disciplines = {kernel::Discipline::not_global, kernel::Discipline::global_pge_toggle};
    scenario.sweep.points = {{{{"/kernel/rung", "copy_on_write", "\"copy_on_write\""}}, scenario},
                             {{{"/kernel/rung", "global_templates", "\"global_templates\""}}, global}};
    platform::KernelCosts costs;
    costs.instructions.fill(10);
    study::StudyOptions options;
    options.judge = platform::JudgeOptions{};
    return study::carry_out(scenario, machine::load_machine(data.scenarios / "machines", "skylake_sp"), costs, options);
}

} // namespace drywalk::report::test
