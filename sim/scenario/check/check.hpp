// SPDX-License-Identifier: MIT
// What a schema cannot say: whether the parts of a scenario fit together and into memory.
#pragma once

#include "sim/input/complaint.hpp"
#include "sim/scenario/scenario.hpp"

namespace drywalk::scenario {

/// Throws InputError if the scenario, or any variant of its sweep, cannot be run; of mistakes that do not depend on
/// each other all are told.
void check_scenario(const Scenario& scenario, const Complaint& complaint);

/// Where things lie: the part of check_scenario() about /layout, /images and /instances.
void check_places(const Scenario& scenario, const Complaint& complaint);

/// The part of check_scenario() about /memory_bytes; check_places() has found nothing wrong.
void check_memory(const Scenario& scenario, const Complaint& complaint);

/// What only the capability kernel has, its workloads left out; and that the other kernel has none of it.
void check_capabilities(const Scenario& scenario, const Complaint& complaint);

/// The part of check_workload() about the capability kernel's workloads.
void check_capability_workload(const Scenario& scenario, const Complaint& complaint);

/// `item`, found at `at`, is one that ring 3 can be asked to do.
void check_item(const Scenario& scenario, const kernel::UserItem& item, const std::string& at,
                const Complaint& complaint);

/// `touches`, found at `at`, are touches of pages that `who` has.
void check_touches(const Scenario& scenario, const Instance& who, const Touches& touches, const std::string& at,
                   const Complaint& complaint);

/// Keeps the program block below 256 MiB or so.
inline constexpr std::uint64_t most_records = std::uint64_t{16} * 1024 * 1024;

/// Keeps a run within minutes: ring 3's accesses of one discipline, the words of sum and fill counted each.
inline constexpr std::uint64_t most_accesses = std::uint64_t{256} * 1024 * 1024;

/// Complains at `at` about a workload with more than most_records or most_accesses of them.
void check_work(std::uint64_t records, std::uint64_t accesses, const std::string& at, const Complaint& complaint);

/// What is done: the part of check_scenario() about /workload.
void check_workload(const Scenario& scenario, const Complaint& complaint);

} // namespace drywalk::scenario
