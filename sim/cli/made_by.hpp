// SPDX-License-Identifier: MIT
// What a report says about the command that made it.
#pragma once

#include "sim/cli/command.hpp"
#include "sim/machine/machine.hpp"
#include "sim/output/made_by.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::cli {

/// Program and command: a line that can be pasted into a shell. Absolute paths stand as their file names, and what only
/// says how and where to write (--format, --out) is left out. `inputs` are the files that the command reads.
[[nodiscard]] output::MadeBy made_by(const std::string& command, const Arguments& arguments,
                                     const std::vector<std::string>& inputs);

/// The same for a command on a machine: names the numbers that differ from its profile in `directory`.
[[nodiscard]] output::MadeBy made_by(const std::string& command, const Arguments& arguments,
                                     const std::vector<std::string>& inputs, const machine::Machine& machine,
                                     const std::filesystem::path& directory);

} // namespace drywalk::cli
