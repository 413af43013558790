// SPDX-License-Identifier: MIT
// A document that fits the schema becomes a Scenario: names resolved, defaults filled in.
#pragma once

#include "sim/input/complaint.hpp"
#include "sim/scenario/scenario.hpp"

#include <nlohmann/json.hpp>

namespace drywalk::scenario {

/// Throws InputError where a name leads nowhere or an address is not one. Whether the parts fit together is for
/// check_scenario().
[[nodiscard]] Scenario scenario_from(const nlohmann::json& document, const Complaint& complaint);

/// The part under /workload; everything else of `scenario` is filled in already.
[[nodiscard]] Workload workload_from(const nlohmann::json& workload, const Scenario& scenario,
                                     const Complaint& complaint);

/// `text` as the schema has it: "0x" and up to 16 hexadecimal digits. Fails unless canonical.
[[nodiscard]] x86::LinearAddress address_from(const std::string& text, const std::string& pointer,
                                              const Complaint& complaint);

/// The index of the Instance that `name` names.
[[nodiscard]] std::uint32_t instance_index(const Scenario& scenario, const std::string& name,
                                           const std::string& pointer, const Complaint& complaint);
/// The same of an Image and of a DataCap.
[[nodiscard]] std::uint32_t image_index(const Scenario& scenario, const std::string& name, const std::string& pointer,
                                        const Complaint& complaint);
[[nodiscard]] std::uint32_t cap_index(const Scenario& scenario, const std::string& name, const std::string& pointer,
                                      const Complaint& complaint);

/// A count of pages under `name`: a number or "all".
[[nodiscard]] std::uint32_t touch_count(const nlohmann::json& touches, const char* name, std::uint32_t otherwise);

} // namespace drywalk::scenario
