// SPDX-License-Identifier: MIT
// The parts of a scenario that only the capability kernel has.
#pragma once

#include "sim/input/complaint.hpp"
#include "sim/scenario/scenario.hpp"

#include <nlohmann/json.hpp>

namespace drywalk::scenario {

/// The policies under /kernel. `scenario` gets those of the rung that is named there, then the others.
void read_kernel(const nlohmann::json& kernel, Scenario& scenario);

[[nodiscard]] std::vector<DataCap> caps_from(const nlohmann::json& document);

/// What /images/`index` says besides its template. The DataCaps are known already.
void read_memory(const nlohmann::json& from, std::size_t index, Scenario& scenario, const Complaint& complaint);

/// The slots of /instances/`index`; Instances before it are known already.
[[nodiscard]] std::vector<Slot> slots_from(const nlohmann::json& from, std::size_t index, const Scenario& scenario,
                                           const Complaint& complaint);

/// The workload under /workload, which is one of the capability kernel's.
[[nodiscard]] Workload capability_workload_from(const nlohmann::json& workload, const Scenario& scenario,
                                                const Complaint& complaint);

/// The operations written out under /workload/operations.
[[nodiscard]] std::vector<Operation> operations_from(const nlohmann::json& operations, const Scenario& scenario,
                                                     const Complaint& complaint);

/// What is enough for `scenario` unless it says: of the state cache in pages, and of memory in bytes.
void fill_in_sizes(const nlohmann::json& document, Scenario& scenario);

} // namespace drywalk::scenario
