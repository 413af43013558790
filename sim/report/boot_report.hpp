// SPDX-License-Identifier: MIT
// What a scenario showed on real machines, beside the simulator's prediction.
#pragma once

#include "sim/boot/confirmation.hpp"

#include <string>
#include <vector>

namespace drywalk::report {

[[nodiscard]] std::string boot_text(const scenario::Scenario& scenario,
                                    const std::vector<study::Confirmation>& confirmations);
[[nodiscard]] std::string boot_json(const scenario::Scenario& scenario,
                                    const std::vector<study::Confirmation>& confirmations);

} // namespace drywalk::report
