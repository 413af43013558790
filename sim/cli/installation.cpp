// SPDX-License-Identifier: MIT
#include "sim/cli/installation.hpp"

namespace drywalk::cli {

Installation find_installation()
{
    const std::filesystem::path scenarios = std::filesystem::path{DRYWALK_SOURCE_DIR} / "scenarios";
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
    const std::filesystem::path build = program.parent_path().parent_path().parent_path(); // build/sim/cli/drywalk
    return {{scenarios},
            scenarios / "machines",
            scenarios / "kernel_instruction_counts.json",
            build / "kernel" / "drywalk_kernel.elf"};
}

} // namespace drywalk::cli
