// SPDX-License-Identifier: MIT
// Reading a scenario file: JSON, then the published schema, then what a schema cannot say.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::scenario {

/// Where the project's data files are: the schemas and the machine profiles.
struct DataDirectory {
    std::filesystem::path scenarios; ///< holds scenario.schema.json and machines/
};

/// Reads and checks everything about `file` that can be known before running it. Throws InputError.
[[nodiscard]] Scenario load_scenario(const std::filesystem::path& file, const DataDirectory& data);

/// Throws InputError if the kernel of `scenario` does not have all of `disciplines`, which were asked for besides.
void require_disciplines(const Scenario& scenario, const std::vector<kernel::Discipline>& disciplines);

/// A scenario with the knobs of its sweep set; a knob that is not set has the scenario's own value.
struct Variant {
    Scenario scenario;
    std::optional<std::uint32_t> template_pages, switch_percent;
    std::vector<KnobValue> knobs = {}; ///< in the order of the sweep

    /// Nothing was set: this is the scenario itself.
    [[nodiscard]] bool is_scenario() const { return !template_pages && !switch_percent && knobs.empty(); }
};

/// The scenario itself, then every combination of its sweep.
[[nodiscard]] std::vector<Variant> expand(const Scenario& scenario);

/// The workload program of `scenario` for one discipline: the block that kernel_model/program/workload.hpp describes.
[[nodiscard]] std::vector<std::byte> compile_program(const Scenario& scenario, kernel::Discipline discipline);

} // namespace drywalk::scenario
