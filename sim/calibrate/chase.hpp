// SPDX-License-Identifier: MIT
// A pointer chase on the models: one dependent load after another, each as long as its translation and its data.
#pragma once

#include "models/machine/profile.hpp"
#include "sim/calibrate/frame_placement.hpp"
#include "sim/calibrate/pattern.hpp"
#include "sim/calibrate/served.hpp"

#include <cstdint>

namespace drywalk::calibrate {

/// What a chase needs besides its machine and its pattern.
struct ChaseOptions {
    std::uint64_t seed = 1; ///< of the visiting order and of the placement
    Placement placement = Placement::random;
};

/// How much of a chase is simulated: as much as by the program that measured the guest's curve, so that what takes many
/// laps to settle has settled. Small buffers are walked round and round, large ones in part.
struct ChaseEffort {
    std::uint64_t least_warming = 20'000;
    std::uint64_t least_measured = 40'000;
    std::uint64_t most_measured = 400'000;
    /// Warm-up goes on for two laps, but in a large buffer stops after this many loads for each line of the caches.
    unsigned warming_loads_per_line = 3;
};

/// Of the measured loads, the mean. The same arguments give the same result.
[[nodiscard]] Simulated simulated(const machine::Profile& profile, const Pattern& pattern, const ChaseOptions& options,
                                  const ChaseEffort& effort = {});

} // namespace drywalk::calibrate
