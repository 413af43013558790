// SPDX-License-Identifier: MIT
// The measured instruction counts of the kernel's paths, as a data file.
#pragma once

#include "sim/platform/simulated_cpu.hpp"

#include <array>
#include <filesystem>
#include <string>

namespace drywalk::measure {

/// The names of kernel::hal::Path in the file, in its order.
inline constexpr std::array<const char*, kernel::hal::path_count> path_names{
    "boot", "create_image", "create_instance", "call", "run", "page_fault", "halt", "switch_image", "invalidate_page"};

/// Reads the file. Throws InputError.
[[nodiscard]] platform::KernelCosts load_kernel_costs(const std::filesystem::path& file);

/// The text of such a file. `command` says how it was measured.
[[nodiscard]] std::string kernel_costs_text(const platform::KernelCosts& costs, const std::string& command);

} // namespace drywalk::measure
