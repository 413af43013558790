// SPDX-License-Identifier: MIT
// What one run of the kernel on a simulated machine showed.
#pragma once

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/program/observation.hpp"
#include "models/machine/ledger.hpp"
#include "sim/platform/judge.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace drywalk::platform {

/// Counts over the accesses that the workload asked for, by what it asked for.
struct AccessCounts {
    std::uint64_t loads = 0;
    std::uint64_t stores = 0;
    std::uint64_t calls = 0;
    constexpr bool operator==(const AccessCounts&) const = default;
};

struct Counts {
    std::uint64_t simulated_accesses = 0; ///< translations, the stub's and the kernel's included
    AccessCounts accesses;
    AccessCounts stale;         ///< decided by a cached entry, and the tables would have decided otherwise
    AccessCounts foreign_marks; ///< returned the mark of an Image that was not running: seen, not deduced (no stores)
    std::uint64_t spurious_faults = 0; ///< faulted on a cached entry, though the tables allow the access
    std::uint64_t page_faults = 0;
    std::uint64_t l1_tlb_hits = 0;
    std::uint64_t l2_tlb_hits = 0;
    std::uint64_t walks = 0;
    std::uint64_t cr3_writes = 0;
    std::uint64_t cr4_writes = 0;
    std::uint64_t invlpgs = 0;
    std::uint64_t ring3_entries = 0;
    std::uint64_t calls_and_halts = 0; ///< pairs
    std::array<std::uint64_t, kernel::hal::path_count> path_passes{};
    // The capability kernel's:
    std::uint64_t calls_refused = 0;
    std::uint64_t frames_discarded = 0;
    std::array<std::uint64_t, kernel::counter_count> kernel_counters{}; ///< by kernel::Counter
    constexpr bool operator==(const Counts&) const = default;
};

/// An observation and whether a stale entry decided it.
struct RecordedObservation {
    kernel::Observation observation;
    bool stale = false;
    constexpr bool operator==(const RecordedObservation&) const = default;
};

struct RunResult {
    kernel::Refusal refusal = kernel::Refusal::none;
    std::uint64_t total_cycles = 0; ///< as time passed on the platform, from reset to the end
    std::uint64_t setup_cycles = 0; ///< of that, until the first CALL
    machine::Ledger ledger;         ///< sums to total_cycles
    machine::Ledger setup_ledger;   ///< sums to setup_cycles
    Counts counts;
    std::vector<RecordedObservation> observations; ///< empty unless asked for
    std::optional<JudgeSummary> judge;             ///< if the run was judged
    std::vector<std::uint64_t> host_returns;       ///< capability kernel: cycles from reset to each return to the host

    [[nodiscard]] std::uint64_t workload_cycles() const { return total_cycles - setup_cycles; }
    [[nodiscard]] machine::Ledger workload_ledger() const { return ledger.since(setup_ledger); }
    bool operator==(const RunResult&) const = default;
};

} // namespace drywalk::platform
