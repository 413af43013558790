// SPDX-License-Identifier: MIT
// drywalk check, for a scenario: the kernel runs once for each discipline, and the trace of each run is judged.
#pragma once

#include "sim/judge/verdict.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::cli {

struct DisciplineVerdict {
    std::string discipline;
    judge::TraceVerdict verdict; ///< its events stand on no line of a file
};

struct ScenarioCheck {
    std::string title; ///< the scenario's name and summary
    std::vector<DisciplineVerdict> verdicts;
    std::vector<std::string> dead_runs; ///< one line for each discipline whose process died
};

/// `machine` replaces the scenario's. Throws InputError.
[[nodiscard]] ScenarioCheck check_scenario(const std::filesystem::path& file, x86::Vendor vendor,
                                           const std::optional<std::string>& machine = {});

} // namespace drywalk::cli
