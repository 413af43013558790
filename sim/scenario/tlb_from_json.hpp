// SPDX-License-Identifier: MIT
// The TLB arrays and paging-structure caches of a machine file.
#pragma once

#include "models/mmu/profile.hpp"
#include "sim/scenario/complaint.hpp"

#include <nlohmann/json.hpp>

namespace drywalk::scenario {

/// Fills the arrays, their relations and the structure caches from a document that fits the schema. Complains about
/// what the schema cannot say.
void fill_tlbs(mmu::Profile& profile, const nlohmann::json& document, const Complaint& complaint);

} // namespace drywalk::scenario
