// SPDX-License-Identifier: MIT
// What a schema cannot say: whether the parts of a scenario fit together and into memory.
#pragma once

#include "sim/scenario/complaint.hpp"
#include "sim/scenario/scenario.hpp"

namespace drywalk::scenario {

/// Throws InputError if the scenario, or any variant of its sweep, cannot be run.
void check_scenario(const Scenario& scenario, const Complaint& complaint);

/// Where things lie: the part of check_scenario() about /layout, /images and /instances.
void check_places(const Scenario& scenario, const Complaint& complaint);

/// What is done: the part of check_scenario() about /workload.
void check_workload(const Scenario& scenario, const Complaint& complaint);

} // namespace drywalk::scenario
