// SPDX-License-Identifier: MIT
// Random programs on a machine that this project did not write, one boot each, against the reference model.
#pragma once

#include "sim/boot/machine_run.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace drywalk::reference {

struct MachineCampaign {
    boot::Target target = boot::Target::qemu;
    std::filesystem::path kernel; ///< drywalk_kernel.elf
    std::uint64_t first = 0;      ///< seed
    std::uint64_t count = 0;
};

struct MachineCampaignResult {
    std::uint64_t programs = 0;
    std::uint64_t operations = 0;
    std::uint64_t observations = 0; ///< compared
    std::uint64_t failures = 0;     ///< programs that differ, or did not come to their end
    double seconds = 0;             ///< of the machines
    std::string first_failure;      ///< with the program; empty if there is none
};

/// `progress` is called after each program.
[[nodiscard]] MachineCampaignResult
run_campaign(const MachineCampaign& campaign, const std::function<void(const MachineCampaignResult&)>& progress = {});

} // namespace drywalk::reference
