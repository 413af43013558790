// SPDX-License-Identifier: MIT
// How many pairs of a workload change the Instance, and what a reader of the figures has to know about it.
#pragma once

#include "sim/input/complaint.hpp"
#include "sim/scenario/scenario.hpp"

#include <string>
#include <vector>

namespace drywalk::scenario {

/// Changes of Instance: `switch_percent` of all pairs but the first, rounded down.
[[nodiscard]] std::uint64_t switches_of(const PairWorkload& pairs);

/// Refuses, at `at`, a rate above 0 % of which no switch is left.
void check_switch_rate(const PairWorkload& pairs, const std::string& at, const Complaint& complaint);

/// One line if no switch changes the Image; and one for each rate, the scenario's own and those of its sweep, that came
/// out by a twentieth lower than was asked for, or at which Instances did not run that do other work than the one that
/// did.
[[nodiscard]] std::vector<std::string> pair_rate_notes(const Scenario& scenario);

} // namespace drywalk::scenario
