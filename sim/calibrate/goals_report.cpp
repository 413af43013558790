// SPDX-License-Identifier: MIT
#include "sim/calibrate/goals_report.hpp"

#include "sim/calibrate/size_text.hpp"
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

/// Of at least one.
[[nodiscard]] Knee worst(const std::vector<Knee>& knees)
{
    return *std::ranges::max_element(knees, {}, [](const Knee& knee) { return std::abs(knee.shift()); });
}

[[nodiscard]] std::size_t mismatched(const KneeGoal& goal)
{
    return static_cast<std::size_t>(std::ranges::count(goal.knees, false, &Knee::data_matches));
}

[[nodiscard]] std::string knee_verdict(const KneeGoal& goal)
{
    if (goal.knees.empty()) return "cannot be told";
    return fmt::format("{}{}", verdict(goal.met()), goal.rests_on_mismatched_data() ? ", on mismatched data" : "");
}

void add_knee_goal(TextTable& table, const KneeGoal& goal, const Comparison& comparison)
{
    std::vector<std::string> cells{goal.level, std::to_string(goal.knees.size() - mismatched(goal)),
                                   std::to_string(mismatched(goal)), std::to_string(goal.hidden)};
    if (goal.knees.empty()) {
        cells.insert(cells.end(), {"-", "-", "-", "-"});
    } else {
        const Knee knee = worst(goal.decisive());
        cells.insert(cells.end(), {fmt::format("{:+d}", knee.shift()), knee.series,
                                   std::to_string(size_at(comparison, knee, knee.measured)),
                                   std::to_string(size_at(comparison, knee, knee.simulated))});
    }
    cells.push_back(knee_verdict(goal));
    table.add(cells);
}

/// Why some knees count for nothing; empty if all count.
[[nodiscard]] std::string mismatch_note(const Goals& goals)
{
    if (std::ranges::none_of(goals.knees, [](const KneeGoal& goal) { return mismatched(goal) != 0; })) return "";
    return "  data mismatched: around these knees the measured data does not cost what the simulated data costs. A "
           "data cache\n  is wrong there, which looks like a wrong TLB; such knees decide only where there are no "
           "others\n";
}

[[nodiscard]] std::string knees_text(const Goals& goals, const Comparison& comparison)
{
    TextTable table{{"knee", "curves that tell", "data mismatched", "others", "worst shift", "curve", "measured",
                     "simulated", "goal"}};
    for (const KneeGoal& goal : goals.knees)
        add_knee_goal(table, goal, comparison);
    return fmt::format("knees (goal: within {} point), sizes in {}\n", most_knee_shift, comparison.size_name) +
           table.text() + mismatch_note(goals);
}

[[nodiscard]] std::string plateaus_text(const Goals& goals)
{
    TextTable table{{"plateau", "points", "measured", "simulated", "error", "goal"}};
    for (const PlateauGoal& goal : goals.plateaus) {
        table.add({goal.way, std::to_string(goal.points), fmt::format("{:.1f}", goal.measured),
                   fmt::format("{:.1f}", goal.simulated), fmt::format("{:+.1f} %", 100 * goal.error()),
                   verdict(goal.met())});
    }
    return fmt::format("plateaus (goal: within {:.0f} %), median cycles per load\n", 100 * most_plateau_error) +
           table.text();
}

[[nodiscard]] std::string mean_text(const char* what, const MeanError& mean, double limit, bool met,
                                    const Comparison& comparison)
{
    return fmt::format("{} up to {} (goal: within {:.0f} %): {:.1f} %, {}; {} of {} points within 15 %\n", what,
                       bytes_text(static_cast<double>(comparison.judged_bytes)), 100 * limit, 100 * mean.absolute,
                       verdict(met), mean.within_15_percent, mean.points);
}

[[nodiscard]] ordered_json mean_json(const MeanError& mean, bool met)
{
    return {{"mean_absolute", mean.absolute}, {"points", mean.points}, {"met", met}};
}

} // namespace

std::string goals_text(const Goals& goals, const Comparison& comparison)
{
    return knees_text(goals, comparison) + plateaus_text(goals) +
           mean_text("mean error", goals.mean, most_mean_error, goals.mean_met(), comparison) +
           mean_text("mean error without the L1D plateau", goals.beyond_l1d, most_mean_error_beyond_l1d,
                     goals.beyond_l1d_met(), comparison);
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
                              {"shift_points", knee.shift()},
                              {"data_matches", knee.data_matches}});
        }
        ordered_json json = {{"level", goal.level}, {"curves", curves}, {"curves_that_do_not_tell", goal.hidden}};
        json["rests_on_mismatched_data"] = goal.rests_on_mismatched_data();
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
            {"mean_error", mean_json(goals.mean, goals.mean_met())},
            {"mean_error_without_l1d_plateau", mean_json(goals.beyond_l1d, goals.beyond_l1d_met())}};
}

} // namespace drywalk::calibrate
