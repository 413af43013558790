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
inline constexpr double most_mean_error_beyond_l1d = 0.10; ///< of the points that are not on the L1D plateau

/// Where a TLB level becomes too small, in one curve of one load a page. Its translations then cost more than a hit
/// there by half of what a hit in the next level, or a walk, costs beyond it. A measured translation is what remains of
/// the latency without the simulated one of the data.
struct Knee {
    std::string series;
    std::size_t measured = 0;  ///< index of the first such point
    std::size_t simulated = 0; ///< index of the first such point
    /// The data costs what it costs in the simulation, as far as the points around the knee tell. If not, a wrong data
    /// cache may look like a wrong TLB, and the knee proves nothing.
    bool data_matches = true;

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

    /// The knees that the verdict rests on: those whose data matches or, if there is none, all of them.
    [[nodiscard]] std::vector<Knee> decisive() const;
    /// Nothing but knees whose data does not match: the verdict rests on a mismatched data cache.
    [[nodiscard]] bool rests_on_mismatched_data() const;
    [[nodiscard]] bool met() const;
};

/// Points at which four loads of five go the same way in the simulation.
struct PlateauGoal {
    std::string way; ///< "L2 TLB hit, data in L1D"
    std::size_t points = 0;
    double measured = 0;  ///< cycles per load, the median
    double simulated = 0; ///< cycles per load, the median

    [[nodiscard]] double error() const { return (simulated - measured) / measured; }
    [[nodiscard]] bool met() const;
};

struct Goals {
    std::vector<KneeGoal> knees;       ///< the first and the second level
    std::vector<PlateauGoal> plateaus; ///< three points or more each; hits first, then walks
    MeanError mean;
    MeanError beyond_l1d; ///< the mean without the points of the L1D plateau

    [[nodiscard]] bool mean_met() const { return mean.absolute <= most_mean_error; }
    [[nodiscard]] bool beyond_l1d_met() const { return beyond_l1d.absolute <= most_mean_error_beyond_l1d; }
};

/// Judged points alone count.
[[nodiscard]] Goals goals_of(const Comparison& comparison, const machine::Profile& profile);

} // namespace drywalk::calibrate
