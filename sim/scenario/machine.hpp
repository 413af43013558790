// SPDX-License-Identifier: MIT
// Machine profiles: scenarios/machines/*.json, every number with its source.
#pragma once

#include "models/mmu/profile.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::scenario {

enum class Confidence : std::uint8_t { documented, measured, assumed };

/// Where one number of a profile comes from.
struct Provenance {
    std::string pointer; ///< JSON pointer of the number in its file, such as "/costs/invlpg"
    double value = 0;
    std::string unit; ///< "cycles", "entries", ...
    std::string source;
    Confidence confidence = Confidence::assumed;
};

struct Machine {
    std::string name;    ///< the file's name without .json
    std::string title;   ///< what it models, in a line
    double core_ghz = 0; ///< for µs in reports; 0: unknown, reports stay in cycles
    mmu::Profile profile;
    std::vector<Provenance> provenance;
};

/// Reads and checks `directory`/`name`.json. Throws InputError; an unknown name lists those that exist.
[[nodiscard]] Machine load_machine(const std::filesystem::path& directory, const std::string& name);

/// The names of all profiles in `directory`, sorted.
[[nodiscard]] std::vector<std::string> machine_names(const std::filesystem::path& directory);

} // namespace drywalk::scenario
