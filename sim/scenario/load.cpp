// SPDX-License-Identifier: MIT
#include "sim/scenario/load.hpp"

#include "sim/input/json_text.hpp"
#include "sim/input/mistakes.hpp"
#include "sim/input/schema.hpp"
#include "sim/machine/machine.hpp"
#include "sim/scenario/check/check.hpp"
#include "sim/scenario/read/from_json.hpp"
#include "sim/scenario/read/sweep_points.hpp"

#include <set>

namespace drywalk::scenario {

namespace {

namespace fs = std::filesystem;

/// A profile of the user's own lies relative to the scenario.
[[nodiscard]] std::string resolved_machine(const std::string& name, const fs::path& scenario_file)
{
    if (!machine::names_a_file(name) || fs::path{name}.is_absolute()) return name;
    const std::string path = (scenario_file.parent_path() / name).lexically_normal().string();
    return machine::names_a_file(path) ? path : "./" + path;
}

/// Loads machines only to see that they can be loaded, each combination of a profile and overrides once.
class MachineChecks {
public:
    explicit MachineChecks(fs::path directory) : directory_{std::move(directory)} {}

    void check(const Scenario& scenario, const Complaint& complaint)
    {
        std::string key = scenario.machine;
        for (const machine::MachineOverride& each : scenario.machine_overrides)
            key += '\n' + each.pointer + '=' + each.value;
        if (!loaded_.insert(key).second) return;
        try {
            machine::require_machine_name(directory_, scenario.machine);
            if (machine::names_a_file(scenario.machine)) static_cast<void>(read_text(scenario.machine));
        } catch (const InputError& error) {
            complaint.fail("/machine", error.what());
        }
        static_cast<void>(machine::load_machine(directory_, scenario.machine, scenario.machine_overrides));
    }

private:
    fs::path directory_;
    std::set<std::string> loaded_;
};

} // namespace

Scenario load_scenario(const fs::path& file, const DataDirectory& data)
{
    const nlohmann::json document = parse_json(read_text(file), file.string());
    const Schema schema{data.scenarios / "scenario.schema.json"};
    MachineChecks machines{data.scenarios / "machines"};
    const auto load_one = [&](const nlohmann::json& text, const Complaint& complaint) {
        schema.check(text, complaint);
        Scenario scenario = scenario_from(text, complaint);
        scenario.name = file.stem().string();
        scenario.machine = resolved_machine(scenario.machine, file);
        Mistakes mistakes;
        mistakes.gather([&] { machines.check(scenario, complaint); });
        mistakes.gather([&] { check_scenario(scenario, complaint); });
        mistakes.throw_if_any();
        return scenario;
    };
    const Complaint complaint{file.string()};
    Scenario scenario = load_one(document, complaint);
    scenario.sweep.points = points_of(document, scenario.sweep.knobs, load_one, complaint);
    return scenario;
}

} // namespace drywalk::scenario
