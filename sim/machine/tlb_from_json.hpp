// SPDX-License-Identifier: MIT
// The TLB arrays and paging-structure caches of a machine file.
#pragma once

#include "models/machine/profile.hpp"
#include "sim/input/complaint.hpp"

#include <nlohmann/json.hpp>

namespace drywalk::machine {

/// Fills the arrays, their relations and the structure caches from a document that fits the schema. Complains about
/// what the schema cannot say.
void fill_tlbs(Profile& profile, const nlohmann::json& document, const Complaint& complaint);

} // namespace drywalk::machine
