// SPDX-License-Identifier: MIT
#include "sim/scenario/load.hpp"

#include "sim/input/json_text.hpp"
#include "sim/input/schema.hpp"
#include "sim/machine/machine.hpp"
#include "sim/scenario/check/check.hpp"
#include "sim/scenario/read/from_json.hpp"
#include "sim/scenario/read/sweep_points.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace drywalk::scenario {

namespace {

void check_machine(const std::string& name, const DataDirectory& data, const Complaint& complaint)
{
    const std::vector<std::string> names = machine::machine_names(data.scenarios / "machines");
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    complaint.fail("/machine", fmt::format("unknown machine {} (known: {})", in_quotes(name), fmt::join(names, ", ")));
}

} // namespace

Scenario load_scenario(const std::filesystem::path& file, const DataDirectory& data)
{
    const nlohmann::json document = parse_json(read_text(file), file.string());
    const Schema schema{data.scenarios / "scenario.schema.json"};
    const auto load_one = [&](const nlohmann::json& text, const Complaint& complaint) {
        schema.check(text, complaint);
        Scenario scenario = scenario_from(text, complaint);
        scenario.name = file.stem().string();
        check_machine(scenario.machine, data, complaint);
        check_scenario(scenario, complaint);
        return scenario;
    };
    const Complaint complaint{file.string()};
    Scenario scenario = load_one(document, complaint);
    static_cast<void>(machine::load_machine(data.scenarios / "machines", scenario.machine, scenario.machine_overrides));
    scenario.sweep.points = points_of(document, scenario.sweep.knobs, load_one, complaint);
    return scenario;
}

} // namespace drywalk::scenario
