// SPDX-License-Identifier: MIT
#include "sim/calibrate/goals_report.hpp"

#include "sim/output/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::calibrate {

namespace {

using nlohmann::ordered_json;
using output::TextTable;

[[nodiscard]] const char* verdict(bool met) { return met ? "met" : "missed"; }

[[nodiscard]] std::uint64_t size_at(const Comparison& comparison, const Knee& knee, std::size_t index)
{
    const auto series = std::ranges::find(comparison.series, knee.series, &ComparedSeries::name);
    return series->points[index].pattern.size;
}

[[nodiscard]] const Knee& worst(const KneeGoal& goal)
{
    return *std::ranges::max_element(goal.knees, {}, [](const Knee& knee) { return std::abs(knee.shift()); });
}

[[nodiscard]] std::string knees_text(const Goals& goals, const Comparison& comparison)
{
    TextTable table{{"knee", "curves that tell", "others", "worst shift", "curve", "measured", "simulated", "goal"}};
    for (const KneeGoal& goal : goals.knees) {
        const std::string tell = std::to_string(goal.knees.size());
        const std::string others = std::to_string(goal.hidden);
        if (goal.knees.empty()) {
            table.add({goal.level, tell, others, "-", "-", "-", "-", "cannot be told"});
            continue;
        }
        const Knee& knee = worst(goal);
        table.add({goal.level, tell, others, fmt::format("{:+d}", knee.shift()), knee.series,
                   std::to_string(size_at(comparison, knee, knee.measured)),
                   std::to_string(size_at(comparison, knee, knee.simulated)), verdict(goal.met())});
    }
    return fmt::format("knees (goal: within {} point), sizes in {}\n", most_knee_shift, comparison.size_name) +
           table.text();
}

[[nodiscard]] std::string plateaus_text(const Goals& goals)
{
    TextTable table{{"plateau", "points", "measured", "simulated", "error", "goal"}};
    for (const PlateauGoal& goal : goals.plateaus) {
        table.add({goal.way, std::to_string(goal.points), fmt::format("{:.1f}", goal.measured),
                   fmt::format("{:.1f}", goal.simulated), fmt::format("{:+.1f} %", 100 * goal.error()),
                   verdict(goal.met())});
    }
    return fmt::format("plateaus (goal: within {:.0f} %), median cycles a load\n", 100 * most_plateau_error) +
           table.text();
}

} // namespace

std::string goals_text(const Goals& goals, const Comparison& comparison)
{
    return knees_text(goals, comparison) + plateaus_text(goals) +
           fmt::format("mean error up to 64 MiB (goal: within {:.0f} %): {:.1f} %, {}; {} of {} points within 15 %\n",
                       100 * most_mean_error, 100 * goals.mean.absolute, verdict(goals.mean_met()),
                       goals.mean.within_15_percent, goals.mean.points);
}

ordered_json goals_json(const Goals& goals, const Comparison& comparison)
{
    ordered_json knees = ordered_json::array();
    for (const KneeGoal& goal : goals.knees) {
        ordered_json curves = ordered_json::array();
        for (const Knee& knee : goal.knees) {
            curves.push_back({{"curve", knee.series},
                              {"measured", size_at(comparison, knee, knee.measured)},
                              {"simulated", size_at(comparison, knee, knee.simulated)},
                              {"shift_points", knee.shift()}});
        }
        ordered_json json = {{"level", goal.level}, {"curves", curves}, {"curves_that_do_not_tell", goal.hidden}};
        json["met"] = goal.knees.empty() ? ordered_json{} : ordered_json(goal.met());
        knees.push_back(json);
    }
    ordered_json plateaus = ordered_json::array();
    for (const PlateauGoal& goal : goals.plateaus) {
        plateaus.push_back({{"way", goal.way},
                            {"points", goal.points},
                            {"measured", goal.measured},
                            {"simulated", goal.simulated},
                            {"error", goal.error()},
                            {"met", goal.met()}});
    }
    return {{"knees", knees},
            {"plateaus", plateaus},
            {"mean_error", {{"mean_absolute", goals.mean.absolute}, {"met", goals.mean_met()}}}};
}

} // namespace drywalk::calibrate
