// SPDX-License-Identifier: MIT
// Runs of the SystemC platform in processes of their own: one elaboration each, as many at once as there are cores.
#pragma once

#include "sim/platform/systemc_platform.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::platform {

/// One run to make. What it refers to outlives the call.
struct Job {
    const machine::Profile* profile = nullptr;
    const KernelCosts* costs = nullptr;
    std::vector<std::byte> program;
    PlatformOptions options;
};

/// How a job ended.
struct Outcome {
    std::optional<RunResult> result;
    std::string death; ///< how its process ended instead: "died by signal 9 (Killed)"
};

/// Called in the parent after each job ends, with how many have.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

/// Runs all jobs and returns their outcomes in the same order. A process that dies costs the result of its own job
/// only. Throws std::runtime_error with a job's message if it failed; the others are then stopped.
[[nodiscard]] std::vector<Outcome> run_isolated(const std::vector<Job>& jobs, const Progress& progress = {});

} // namespace drywalk::platform
