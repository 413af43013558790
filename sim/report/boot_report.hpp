// SPDX-License-Identifier: MIT
// What a scenario showed on real machines, beside the simulator's prediction.
#pragma once

#include "sim/boot/confirmation.hpp"
#include "sim/output/made_by.hpp"

#include <string>
#include <vector>

namespace drywalk::report {

[[nodiscard]] std::string boot_text(const scenario::Scenario& scenario,
                                    const std::vector<study::Confirmation>& confirmations,
                                    const output::MadeBy& program = {}, output::PageWidth width = {});
[[nodiscard]] std::string boot_json(const scenario::Scenario& scenario,
                                    const std::vector<study::Confirmation>& confirmations,
                                    const output::MadeBy& program = {});

} // namespace drywalk::report
