// SPDX-License-Identifier: MIT
// How close a comparison comes to what is asked of a profile: knees, plateaus and the mean error.
#pragma once

#include "models/machine/profile.hpp"
#include "sim/calibrate/comparison.hpp"

#include <string>
#include <vector>

namespace drywalk::calibrate {

inline constexpr std::size_t most_knee_shift = 1; ///< points
inline constexpr double most_plateau_error = 0.10;
inline constexpr double most_mean_error = 0.15;

/// Where a TLB level becomes too small, in one curve of one load a page. Its translations then cost more than a hit
/// there by half of what a hit in the next level, or a walk, costs beyond it. A measured translation is what remains of
/// the latency without the simulated one of the data.
struct Knee {
    std::string series;
    std::size_t measured = 0;  ///< index of the first such point
    std::size_t simulated = 0; ///< index of the first such point

    /// In points; negative: simulated too early.
    [[nodiscard]] std::ptrdiff_t shift() const
    {
        return static_cast<std::ptrdiff_t>(simulated) - static_cast<std::ptrdiff_t>(measured);
    }
};

/// The knees of one TLB level, one a curve that tells: curves that end before, or whose data leaves a cache right
/// there, do not.
struct KneeGoal {
    std::string level;
    std::vector<Knee> knees;
    std::size_t hidden = 0; ///< curves of one load a page that do not tell

    [[nodiscard]] bool met() const;
};

/// Points at which four loads of five go the same way in the simulation.
struct PlateauGoal {
    std::string way; ///< "L2 TLB hit, data in L1D"
    std::size_t points = 0;
    double measured = 0;  ///< cycles a load, the median
    double simulated = 0; ///< cycles a load, the median

    [[nodiscard]] double error() const { return (simulated - measured) / measured; }
    [[nodiscard]] bool met() const;
};

struct Goals {
    std::vector<KneeGoal> knees;       ///< the first and the second level
    std::vector<PlateauGoal> plateaus; ///< three points or more each; hits first, then walks
    MeanError mean;

    [[nodiscard]] bool mean_met() const { return mean.absolute <= most_mean_error; }
};

/// Judged points alone count.
[[nodiscard]] Goals goals_of(const Comparison& comparison, const machine::Profile& profile);

} // namespace drywalk::calibrate
