// SPDX-License-Identifier: MIT
// What the kernel reported against what the reference model expects.
#pragma once

#include "tests/kernel_model/capability/reference_model.hpp"

#include <optional>
#include <span>
#include <string>

namespace drywalk::reference {

/// The first place where they part, with what stands around it; nothing if they agree. Observations without a meaning
/// in the model are passed over. Addresses correspond to names one to one: equal content, and it alone, has an equal
/// address.
[[nodiscard]] std::optional<std::string> first_difference(std::span<const Expectation> expected,
                                                          std::span<const kernel::Observation> reported);

} // namespace drywalk::reference
