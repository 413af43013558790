// SPDX-License-Identifier: MIT
// The measured instruction counts of the kernel's paths, as a data file.
#pragma once

#include "sim/platform/kernel_costs.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::study {

using platform::path_names;

/// What the file says. One workload takes the paths of one kernel: the rest was measured by another command.
struct MeasuredCosts {
    platform::KernelCosts costs{platform::PathCosts{}};
    std::vector<std::string> measured_by; ///< commands, the oldest first
};

/// Reads the file; a path that it does not name was not measured. Throws InputError.
[[nodiscard]] MeasuredCosts load_measured_costs(const std::filesystem::path& file);
[[nodiscard]] platform::KernelCosts load_kernel_costs(const std::filesystem::path& file);

/// The text of such a file.
[[nodiscard]] std::string kernel_costs_text(const MeasuredCosts& measured);

} // namespace drywalk::study
