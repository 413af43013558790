// SPDX-License-Identifier: MIT
// What the MMU model says a machine answers.
#pragma once

#include "models/machine/profile.hpp"
#include "tests/differential/program.hpp"

namespace drywalk::differential {

/// `program` on a processor with the profile's TLBs and the features of `processor`. The answer has the slots.
[[nodiscard]] Answer predict(const Program& program, const machine::Profile& profile, const Processor& processor);

} // namespace drywalk::differential
