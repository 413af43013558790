// SPDX-License-Identifier: MIT
// drywalk check, for a scenario: the kernel runs under the oracle, once for each discipline.
#pragma once

#include "models/x86/invalidation.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace drywalk::cli {

struct ScenarioCheck {
    std::string text;
    std::string json;
    std::uint64_t violations = 0; ///< of all disciplines
    std::uint64_t warnings = 0;
};

/// Throws InputError.
[[nodiscard]] ScenarioCheck check_scenario(const std::filesystem::path& file, x86::Vendor vendor);

} // namespace drywalk::cli
