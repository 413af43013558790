// SPDX-License-Identifier: MIT
// Where the program finds what belongs to it: the data files and the bare-metal kernel.
#pragma once

#include "sim/scenario/load.hpp"

#include <filesystem>

namespace drywalk::cli {

struct Installation {
    scenario::DataDirectory data;
    std::filesystem::path machines;          ///< the machine profiles
    std::filesystem::path kernel_costs;      ///< measured instruction counts
    std::filesystem::path bare_metal_kernel; ///< exists only where it was built
};

[[nodiscard]] Installation find_installation();

} // namespace drywalk::cli
