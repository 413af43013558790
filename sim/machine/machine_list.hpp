// SPDX-License-Identifier: MIT
// All profiles of a folder; one that cannot be read does not hide the others.
#pragma once

#include "sim/machine/machine.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::machine {

struct BrokenMachine {
    std::string name;
    std::string what; ///< one line for each mistake
};

struct MachineList {
    std::vector<Machine> machines; ///< by name
    std::vector<BrokenMachine> broken;
};

/// Throws InputError if there is no such folder.
[[nodiscard]] MachineList list_machines(const std::filesystem::path& directory);

} // namespace drywalk::machine
