// SPDX-License-Identifier: MIT
// A small study that was really carried out, for reports about it.
#pragma once

#include "sim/measure/study.hpp"

#include <filesystem>

namespace drywalk::report::test {

/// The first scenario of the project with few pairs, all disciplines and a sweep over two template sizes.
inline measure::Study small_study()
{
    const scenario::DataDirectory data{std::filesystem::path{DRYWALK_SOURCE_DIR} / "scenarios"};
    scenario::Scenario scenario = load_scenario(data.scenarios / "cross_image_stale_global.json", data);
    scenario.workload.pairs->pairs = 20;
    scenario.sweep = {{1, 8}, {0, 100}};
    scenario.expectations.clear();
    platform::KernelCosts costs;
    costs.instructions.fill(10);
    return measure::carry_out(scenario, scenario::load_machine(data.scenarios / "machines", "skylake_sp"), costs);
}

} // namespace drywalk::report::test
