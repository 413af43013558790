// SPDX-License-Identifier: MIT
// Collects where the numbers of a machine file come from.
#pragma once

#include "sim/machine/machine.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace drywalk::machine {

/// One entry for every number, name and flag of a machine document that has passed the schema.
[[nodiscard]] std::vector<Provenance> provenance_of(const nlohmann::json& document);

} // namespace drywalk::machine
