// SPDX-License-Identifier: MIT
// Random programs for the capability kernel, small enough that slots, pages and runtimes are used again and again.
#pragma once

#include "tests/kernel_model/capability/sketch.hpp"

#include <cstdint>

namespace drywalk::reference {

/// The same seed gives the same program on every machine. Its policies go together and are none of the mistakes, so
/// whatever they are, the kernel has to do what the reference model says.
[[nodiscard]] Sketch random_program(std::uint64_t seed);

} // namespace drywalk::reference
