// SPDX-License-Identifier: MIT
// Random programs, the same for the same seed on every host.
#pragma once

#include "tests/differential/program.hpp"

namespace drywalk::differential {

/// Program `number` of the sequence that `seed` names.
[[nodiscard]] Program generate(std::uint64_t seed, std::uint64_t number, const Processor& processor);

} // namespace drywalk::differential
