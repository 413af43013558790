// SPDX-License-Identifier: MIT
#include "sim/calibrate/goals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

namespace drywalk::calibrate {

namespace {

constexpr double nearly_all = 0.8;
constexpr std::size_t least_points = 3;
constexpr std::array<const char*, machine::served_by_count> cache_names{"L1D", "L2", "L3", "DRAM"};

// Knees -----------------------------------------------------------------------------------------------------------

[[nodiscard]] bool has_one_load_a_page(const ComparedSeries& series)
{
    return std::ranges::all_of(series.points, [](const ComparedPoint& point) {
        return point.pattern.spacing >= x86::page_bytes(point.pattern.page_size);
    });
}

[[nodiscard]] double measured_translation(const ComparedPoint& point)
{
    return point.measured - point.served.data_cycles;
}

/// The first judged point from which on two in a row are above; one may be noise.
template <typename Cost>
[[nodiscard]] std::optional<std::size_t> first_above(const ComparedSeries& series, double limit, Cost&& cost)
{
    const auto above = [&](std::size_t index) { return cost(series.points[index]) > limit; };
    for (std::size_t index = 0; index + 1 < series.points.size(); ++index) {
        if (!series.points[index + 1].judged) break;
        if (above(index) && above(index + 1)) return index;
    }
    return std::nullopt;
}

/// Whether the data costs the same, within `tolerance` cycles, around two points: then a rise there is the TLB's.
[[nodiscard]] bool data_is_level(const ComparedSeries& series, std::size_t one, std::size_t other, double tolerance)
{
    const std::size_t first = std::min(one, other);
    const std::size_t last = std::max(one, other);
    const double before = series.points[first == 0 ? 0 : first - 1].served.data_cycles;
    const double after = series.points[last].served.data_cycles;
    return std::abs(after - before) <= tolerance;
}

/// Where a knee is, with what stands around it.
struct KneePlace {
    const ComparedSeries& series;
    std::size_t before; ///< index of the last point before the measured and the simulated knee
    std::size_t after;  ///< index of the later knee
    double limit;       ///< cycles of a translation at the knee
    double step;        ///< cycles between a hit and a miss of the level
};

/// By how much data may be off: half of the step would move a knee by itself, and less than 10 % is no goal.
[[nodiscard]] double data_tolerance(const ComparedPoint& point, const KneePlace& place)
{
    return std::max(most_plateau_error * point.measured, place.step / 2);
}

[[nodiscard]] bool is_off(const ComparedPoint& point, const KneePlace& place)
{
    return std::abs(point.measured - point.simulated) > data_tolerance(point, place);
}

/// Whether more than a quarter of the points of other curves, of sizes as around the knee, are off, though their
/// simulated translation is no miss of the level: what is wrong with them is wrong with the data.
[[nodiscard]] bool neighbours_are_off(const Comparison& comparison, const KneePlace& place)
{
    const std::uint64_t least = place.series.points[place.before].pattern.size;
    const std::uint64_t most = place.series.points[place.after].pattern.size;
    std::size_t neighbours = 0;
    std::size_t off = 0;
    for (const ComparedSeries& series : comparison.series) {
        if (series.name == place.series.name) continue;
        for (const ComparedPoint& point : series.points) {
            const bool near = point.pattern.size >= least && point.pattern.size <= most;
            if (!near || point.served.translation_cycles > place.limit) continue;
            ++neighbours;
            if (is_off(point, place)) ++off;
        }
    }
    return 4 * off > neighbours;
}

/// Whether the measured loads can have found their data where the simulated ones did: none from before the knees up to
/// the later one is faster than the data alone; before both knees, where translations are alike, so are latencies; and
/// other curves that share the data but not the knee agree.
[[nodiscard]] bool data_matches(const Comparison& comparison, const KneePlace& place)
{
    for (std::size_t index = place.before; index <= place.after; ++index) {
        const ComparedPoint& point = place.series.points[index];
        if (point.measured + data_tolerance(point, place) < point.served.data_cycles) return false;
    }
    return !is_off(place.series.points[place.before], place) && !neighbours_are_off(comparison, place);
}

[[nodiscard]] KneeGoal knee_goal(const Comparison& comparison, std::string level, double hit, double miss)
{
    KneeGoal goal{std::move(level), {}, 0};
    const double limit = (hit + miss) / 2;
    for (const ComparedSeries& series : comparison.series) {
        if (!has_one_load_a_page(series)) continue;
        const auto measured = first_above(series, limit, measured_translation);
        const auto simulated =
            first_above(series, limit, [](const ComparedPoint& point) { return point.served.translation_cycles; });
        const bool tells = measured && simulated && *simulated != 0 && *measured != 0 &&
                           data_is_level(series, *measured, *simulated, miss - hit);
        if (tells) {
            const KneePlace place{.series = series,
                                  .before = std::min(*measured, *simulated) - 1,
                                  .after = std::max(*measured, *simulated),
                                  .limit = limit,
                                  .step = miss - hit};
            goal.knees.push_back({.series = series.name,
                                  .measured = *measured,
                                  .simulated = *simulated,
                                  .data_matches = data_matches(comparison, place)});
        } else {
            ++goal.hidden;
        }
    }
    return goal;
}

// Plateaus --------------------------------------------------------------------------------------------------------

/// The cache that has nearly all of `total`, if one has.
[[nodiscard]] std::optional<unsigned> chief(const ByCache& shares, double total)
{
    for (unsigned cache = 0; cache < machine::served_by_count; ++cache) {
        if (shares[cache] >= nearly_all * total) return cache;
    }
    return std::nullopt;
}

/// What the loads of a point have in common; the order is that of the report. Data in DRAM is no plateau of an MMU.
struct Way {
    enum class Translation : std::uint8_t { l1_tlb, l2_tlb, short_walk, long_walk };

    Translation translation = Translation::l1_tlb;
    unsigned leaf = 0; ///< of walks
    unsigned data = 0;
    constexpr auto operator<=>(const Way&) const = default;
};

[[nodiscard]] std::optional<Way> way_of(const Served& served)
{
    const std::optional<unsigned> data = chief(served.data, 1);
    if (!data || *data == static_cast<unsigned>(machine::ServedBy::dram)) return std::nullopt;
    if (served.l1_tlb_hits >= nearly_all) return Way{Way::Translation::l1_tlb, 0, *data};
    if (served.l2_tlb_hits >= nearly_all) return Way{Way::Translation::l2_tlb, 0, *data};
    if (served.walks < nearly_all) return std::nullopt;
    const std::optional<unsigned> leaf = chief(served.leaf, served.walks);
    if (!leaf) return std::nullopt;
    const bool from_pde = served.walk_references <= 1.2 * served.walks;
    return Way{from_pde ? Way::Translation::short_walk : Way::Translation::long_walk, *leaf, *data};
}

[[nodiscard]] std::string name_of(const Way& way)
{
    switch (way.translation) {
    case Way::Translation::l1_tlb: return fmt::format("L1 TLB hit, data in {}", cache_names[way.data]);
    case Way::Translation::l2_tlb: return fmt::format("L2 TLB hit, data in {}", cache_names[way.data]);
    case Way::Translation::short_walk:
        return fmt::format("walk of one entry, that in {}, data in {}", cache_names[way.leaf], cache_names[way.data]);
    case Way::Translation::long_walk: break;
    }
    return fmt::format("longer walk, last entry in {}, data in {}", cache_names[way.leaf], cache_names[way.data]);
}

[[nodiscard]] std::vector<PlateauGoal> plateau_goals(const Comparison& comparison)
{
    struct Points {
        std::vector<double> measured;
        std::vector<double> simulated;
    };
    std::map<Way, Points> ways;
    for (const ComparedPoint& point : all_points(comparison)) {
        const std::optional<Way> way = way_of(point.served);
        if (!way || !point.judged) continue;
        ways[*way].measured.push_back(point.measured);
        ways[*way].simulated.push_back(point.simulated);
    }
    std::vector<PlateauGoal> goals;
    for (const auto& [way, points] : ways) {
        if (points.measured.size() < least_points) continue;
        goals.push_back({name_of(way), points.measured.size(), median(points.measured), median(points.simulated)});
    }
    return goals;
}

} // namespace

std::vector<Knee> KneeGoal::decisive() const
{
    if (rests_on_mismatched_data()) return knees;
    std::vector<Knee> matching = knees;
    std::erase_if(matching, [](const Knee& knee) { return !knee.data_matches; });
    return matching;
}

bool KneeGoal::rests_on_mismatched_data() const
{
    return !knees.empty() && std::ranges::none_of(knees, &Knee::data_matches);
}

bool KneeGoal::met() const
{
    return std::ranges::all_of(decisive(), [](const Knee& knee) {
        return static_cast<std::size_t>(std::abs(knee.shift())) <= most_knee_shift;
    });
}

bool PlateauGoal::met() const { return std::abs(error()) <= most_plateau_error; }

Goals goals_of(const Comparison& comparison, const machine::Profile& profile)
{
    const double l2_hit = profile.costs.l2_tlb_hit;
    const double walk = profile.costs.walk_start + profile.memory.l1d.latency;
    return {{knee_goal(comparison, "L1 data TLB", 0, l2_hit), knee_goal(comparison, "L2 data TLB", l2_hit, walk)},
            plateau_goals(comparison),
            mean_error(all_points(comparison)),
            mean_error_beyond_l1d(all_points(comparison))};
}

} // namespace drywalk::calibrate
