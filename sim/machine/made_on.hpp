// SPDX-License-Identifier: MIT
// What a result says about the machine that made it.
#pragma once

#include "sim/machine/machine.hpp"
#include "sim/output/made_by.hpp"

#include <vector>

namespace drywalk::machine {

/// Names the machine in `made_by`, and the host's pages if it runs the workload as a guest.
void add_machine(output::MadeBy& made_by, const Machine& machine);

/// What overrides put in place of the values of `profile`, the same machine without them.
[[nodiscard]] std::vector<output::OverriddenNumber> overridden_numbers(const Machine& machine, const Machine& profile);

} // namespace drywalk::machine
