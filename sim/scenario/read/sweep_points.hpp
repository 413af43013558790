// SPDX-License-Identifier: MIT
// Every combination of a sweep's knobs, as scenarios of their own.
#pragma once

#include "sim/input/complaint.hpp"
#include "sim/scenario/scenario.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <vector>

namespace drywalk::scenario {

/// The most combinations of one sweep.
inline constexpr std::size_t most_points = 1000;

using LoadOne = std::function<Scenario(const nlohmann::json& text, const Complaint& complaint)>;

/// `document` with each combination of values put in, the last knob changing fastest, and loaded anew without its sweep
/// and expectations. Throws InputError where a pointer leads nowhere, and whatever `load_one` throws.
[[nodiscard]] std::vector<SweepPoint> points_of(const nlohmann::json& document, const std::vector<Knob>& knobs,
                                                const LoadOne& load_one, const Complaint& complaint);

} // namespace drywalk::scenario
