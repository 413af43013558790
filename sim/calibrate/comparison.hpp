// SPDX-License-Identifier: MIT
// Simulated against measured: the error of each point, the plateaus of each curve and the knees that end them.
#pragma once

#include "sim/calibrate/measured_curve.hpp"
#include "sim/calibrate/served.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::calibrate {

struct ComparedPoint {
    Pattern pattern;
    double measured = 0;  ///< core cycles per load
    double simulated = 0; ///< core cycles per load
    Served served;        ///< what the simulated ones went to
    bool judged = true;   ///< counts for goals and mean errors: see is_judged()

    /// (simulated - measured) / measured
    [[nodiscard]] double error() const { return (simulated - measured) / measured; }
};

/// A stretch of a curve that is level: three points or more, each within 5 % or 0.6 cycles of their median.
struct Plateau {
    std::size_t first = 0; ///< indices into the points of the curve
    std::size_t last = 0;  ///< the knee is the point after it
    double cycles = 0;     ///< the median
};

/// Of at least one value; of an even number the upper one of the middle.
[[nodiscard]] double median(std::vector<double> values);

/// `cycles` in the order of growing size.
[[nodiscard]] std::vector<Plateau> plateaus_of(const std::vector<double>& cycles);

/// A measured plateau and the simulated one that shares most points with it.
struct ComparedPlateau {
    Plateau measured;
    std::optional<Plateau> simulated; ///< absent: no simulated plateau within 25 % of its height shares a point

    /// How many points later the simulated curve leaves it; present with `simulated`, unless a curve ends there.
    std::optional<int> knee_shift;
};

struct ComparedSeries {
    std::string name;
    std::vector<ComparedPoint> points; ///< by growing size
    std::vector<ComparedPlateau> plateaus;
};

/// Buffers up to here count, unless a comparison is told otherwise; beyond, DRAM and page tables that no cache holds
/// take over.
inline constexpr std::uint64_t largest_judged_bytes = std::uint64_t{64} << 20;

struct Comparison {
    std::string size_name;
    std::vector<ComparedSeries> series; ///< in the order of the file
    std::uint64_t judged_bytes = largest_judged_bytes;
};

/// Runs `simulate` for each point; `done` hears how many points are finished. Points beyond `judged_bytes` are shown
/// and do not count.
[[nodiscard]] Comparison compare(const MeasuredCurves& measured,
                                 const std::function<Simulated(const Pattern&)>& simulate,
                                 const std::function<void(std::size_t)>& done = {},
                                 std::uint64_t judged_bytes = largest_judged_bytes);

/// True if the buffer that holds all slots of the point or, of one load a page, the lines that it touches stay within
/// `most_bytes`.
[[nodiscard]] bool is_judged(const Pattern& pattern, std::uint64_t most_bytes = largest_judged_bytes);

/// True if the simulated loads hit the L1D and the first-level TLB and the measured ones take as long. Every profile
/// has these points right, so they flatter a mean.
[[nodiscard]] bool is_on_l1d_plateau(const ComparedPoint& point);

struct MeanError {
    double absolute = 0; ///< mean of |error()| over the judged points; 0 if there are none
    std::size_t points = 0;
    std::size_t within_15_percent = 0;
};
[[nodiscard]] MeanError mean_error(const std::vector<ComparedPoint>& points);
/// The same without the points of the L1D plateau.
[[nodiscard]] MeanError mean_error_beyond_l1d(std::vector<ComparedPoint> points);

/// All points of all series.
[[nodiscard]] std::vector<ComparedPoint> all_points(const Comparison& comparison);
/// The `count` judged points with the greatest |error()|, worst first.
[[nodiscard]] std::vector<ComparedPoint> worst_points(const Comparison& comparison, std::size_t count);

} // namespace drywalk::calibrate
