// SPDX-License-Identifier: MIT
// Another value for one number, name or flag of a machine profile, put into the profile's document.
#pragma once

#include "sim/input/schema.hpp"
#include "sim/machine/machine.hpp"

#include <nlohmann/json.hpp>

namespace drywalk::machine {

/// Replaces values of `document`, which fits `schema` before and after. Throws InputError about the place where a bad
/// override was written.
void apply_overrides(const std::vector<MachineOverride>& overrides, nlohmann::json& document, const Schema& schema);

/// For what turns out to be wrong once all `overrides`, of which there is one at least, are in the profile.
[[nodiscard]] Complaint blamed_on(const std::vector<MachineOverride>& overrides);

/// "POINTER=VALUE", the value as JSON or as a bare name, written at the option `option`. Throws InputError.
[[nodiscard]] MachineOverride override_from(const std::string& wish, const std::string& option);

} // namespace drywalk::machine
