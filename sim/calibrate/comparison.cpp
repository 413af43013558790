// SPDX-License-Identifier: MIT
#include "sim/calibrate/comparison.hpp"

#include <algorithm>
#include <cmath>

namespace drywalk::calibrate {

namespace {

/// How far a point of a plateau may be from its height.
[[nodiscard]] double tolerance_of(double height) { return std::max(0.6, 0.05 * height); }

[[nodiscard]] bool is_level(const std::vector<double>& stretch)
{
    const double height = median(stretch);
    return std::ranges::all_of(stretch, [&](double each) { return std::abs(each - height) <= tolerance_of(height); });
}

[[nodiscard]] std::size_t shared_points(const Plateau& one, const Plateau& other)
{
    const std::size_t first = std::max(one.first, other.first);
    const std::size_t last = std::min(one.last, other.last);
    return first > last ? 0 : last - first + 1;
}

[[nodiscard]] bool similar_height(const Plateau& measured, const Plateau& simulated)
{
    return std::abs(simulated.cycles - measured.cycles) <= 0.25 * measured.cycles;
}

[[nodiscard]] ComparedPlateau matched(const Plateau& measured, const std::vector<Plateau>& simulated, std::size_t end)
{
    ComparedPlateau result{measured, std::nullopt, std::nullopt};
    std::size_t most = 0;
    for (const Plateau& each : simulated) {
        const std::size_t shared = similar_height(measured, each) ? shared_points(measured, each) : 0;
        if (shared > most) {
            most = shared;
            result.simulated = each;
        }
    }
    const bool ends = result.simulated && measured.last + 1 != end && result.simulated->last + 1 != end;
    if (ends) result.knee_shift = static_cast<int>(result.simulated->last) - static_cast<int>(measured.last);
    return result;
}

void find_plateaus(ComparedSeries& series)
{
    std::vector<double> measured;
    std::vector<double> simulated;
    for (const ComparedPoint& point : series.points) {
        measured.push_back(point.measured);
        simulated.push_back(point.simulated);
    }
    const std::vector<Plateau> candidates = plateaus_of(simulated);
    for (const Plateau& each : plateaus_of(measured))
        series.plateaus.push_back(matched(each, candidates, measured.size()));
}

[[nodiscard]] ComparedSeries& series_named(Comparison& comparison, const std::string& name)
{
    const auto found = std::ranges::find(comparison.series, name, &ComparedSeries::name);
    if (found != comparison.series.end()) return *found;
    return comparison.series.emplace_back(ComparedSeries{name, {}, {}});
}

} // namespace

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

std::vector<Plateau> plateaus_of(const std::vector<double>& cycles)
{
    constexpr std::size_t least_points = 3;
    std::vector<Plateau> plateaus;
    for (std::size_t first = 0; first < cycles.size();) {
        std::vector<double> stretch;
        for (std::size_t next = first; next < cycles.size(); ++next) {
            stretch.push_back(cycles[next]);
            if (is_level(stretch)) continue;
            stretch.pop_back();
            break;
        }
        const bool long_enough = stretch.size() >= least_points;
        if (long_enough) plateaus.push_back({first, first + stretch.size() - 1, median(stretch)});
        first += long_enough ? stretch.size() : 1;
    }
    return plateaus;
}

Comparison compare(const MeasuredCurves& measured, const std::function<Simulated(const Pattern&)>& simulate,
                   const std::function<void(std::size_t)>& done, std::uint64_t judged_bytes)
{
    Comparison comparison{.size_name = measured.size_name, .series = {}, .judged_bytes = judged_bytes};
    std::size_t finished = 0;
    for (const MeasuredPoint& point : measured.points) {
        const Simulated simulated = simulate(point.pattern);
        series_named(comparison, point.pattern.series)
            .points.push_back({.pattern = point.pattern,
                               .measured = point.cycles,
                               .simulated = simulated.cycles,
                               .served = simulated.served,
                               .judged = is_judged(point.pattern, judged_bytes)});
        if (done) done(++finished);
    }
    for (ComparedSeries& series : comparison.series) {
        std::ranges::stable_sort(series.points, {}, [](const ComparedPoint& point) { return point.pattern.size; });
        find_plateaus(series);
    }
    return comparison;
}

bool is_judged(const Pattern& pattern, std::uint64_t most_bytes)
{
    const std::uint64_t touched = pattern.elements * machine::line_bytes;
    return (pattern.lines == Lines::as_spaced ? pattern.span() : touched) <= most_bytes;
}

bool is_on_l1d_plateau(const ComparedPoint& point)
{
    constexpr double nearly_all = 0.8;
    const double in_l1d = point.served.data[static_cast<unsigned>(machine::ServedBy::l1d)];
    return in_l1d >= nearly_all && point.served.l1_tlb_hits >= nearly_all &&
           std::abs(point.measured - point.simulated) <= tolerance_of(point.measured);
}

MeanError mean_error(const std::vector<ComparedPoint>& points)
{
    MeanError mean;
    for (const ComparedPoint& point : points) {
        if (!point.judged) continue;
        ++mean.points;
        mean.absolute += std::abs(point.error());
        if (std::abs(point.error()) <= 0.15) ++mean.within_15_percent;
    }
    if (mean.points != 0) mean.absolute /= static_cast<double>(mean.points);
    return mean;
}

MeanError mean_error_beyond_l1d(std::vector<ComparedPoint> points)
{
    std::erase_if(points, is_on_l1d_plateau);
    return mean_error(points);
}

std::vector<ComparedPoint> all_points(const Comparison& comparison)
{
    std::vector<ComparedPoint> points;
    for (const ComparedSeries& series : comparison.series)
        points.insert(points.end(), series.points.begin(), series.points.end());
    return points;
}

std::vector<ComparedPoint> worst_points(const Comparison& comparison, std::size_t count)
{
    std::vector<ComparedPoint> points = all_points(comparison);
    std::erase_if(points, [](const ComparedPoint& point) { return !point.judged; });
    std::ranges::stable_sort(points, std::ranges::greater{},
                             [](const ComparedPoint& point) { return std::abs(point.error()); });
    points.resize(std::min(count, points.size()));
    return points;
}

} // namespace drywalk::calibrate
