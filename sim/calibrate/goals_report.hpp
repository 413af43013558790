// SPDX-License-Identifier: MIT
// The goals as the first lines of a report, and for tools.
#pragma once

#include "sim/calibrate/goals.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace drywalk::calibrate {

[[nodiscard]] std::string goals_text(const Goals& goals, const Comparison& comparison);
[[nodiscard]] nlohmann::ordered_json goals_json(const Goals& goals, const Comparison& comparison);

} // namespace drywalk::calibrate
