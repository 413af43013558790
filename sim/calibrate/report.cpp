// SPDX-License-Identifier: MIT
#include "sim/calibrate/report.hpp"

#include "sim/calibrate/goals_report.hpp"
#include "sim/calibrate/size_text.hpp"
#include "sim/machine/made_on.hpp"
#include "sim/output/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace drywalk::calibrate {

namespace {

using nlohmann::ordered_json;
using output::TextTable;

constexpr std::size_t worst_shown = 12;

[[nodiscard]] output::MadeBy made_by(const Subject& subject)
{
    output::MadeBy result = subject.program;
    machine::add_machine(result, subject.machine);
    result.seed = subject.options.seed;
    result.workload = fmt::format("the pointer chases of {}, {} frames", subject.measured_file,
                                  placement_name(subject.options.placement));
    return result;
}

/// "zen4 as a guest with 4k host pages against ..., random frames, seed 1"
[[nodiscard]] std::string heading(const Subject& subject)
{
    return fmt::format("{} against {}, {} frames, seed {}", machine_text(subject), subject.measured_file,
                       placement_name(subject.options.placement), subject.options.seed);
}

[[nodiscard]] std::string percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }

[[nodiscard]] std::string size_text(const ComparedSeries& series, std::size_t index)
{
    return index < series.points.size() ? std::to_string(series.points[index].pattern.size) : "-";
}

[[nodiscard]] std::string points_text(const ComparedSeries& series, const std::string& size_name)
{
    TextTable table{{size_name, "measured", "simulated", "error"}};
    for (const ComparedPoint& point : series.points) {
        table.add({std::to_string(point.pattern.size) + (point.judged ? "" : " *"),
                   fmt::format("{:.1f}", point.measured), fmt::format("{:.1f}", point.simulated),
                   percent(point.error())});
    }
    return series.name + ", cycles per load\n" + table.text();
}

[[nodiscard]] std::string errors_text(const Comparison& comparison)
{
    TextTable table{{"curve", "points", "mean error", "within 15 %", "points beyond the L1D", "mean error there"}};
    const auto add = [&](const std::string& name, const std::vector<ComparedPoint>& points) {
        const MeanError mean = mean_error(points);
        const MeanError beyond = mean_error_beyond_l1d(points);
        table.add({name, std::to_string(mean.points), fmt::format("{:.1f} %", 100 * mean.absolute),
                   std::to_string(mean.within_15_percent), std::to_string(beyond.points),
                   fmt::format("{:.1f} %", 100 * beyond.absolute)});
    };
    for (const ComparedSeries& series : comparison.series)
        add(series.name, series.points);
    add("all", all_points(comparison));
    return fmt::format("mean absolute error, buffers up to {}; the L1D plateau is where loads hit the L1D and the L1 "
                       "TLB\n",
                       bytes_text(static_cast<double>(comparison.judged_bytes))) +
           table.text();
}

[[nodiscard]] std::string plateaus_text(const Comparison& comparison)
{
    TextTable table{{"curve", "from", "to", "measured", "simulated", "error", "knee measured", "knee simulated"}};
    for (const ComparedSeries& series : comparison.series) {
        for (const ComparedPlateau& each : series.plateaus) {
            const bool found = each.simulated.has_value();
            table.add({series.name, size_text(series, each.measured.first), size_text(series, each.measured.last),
                       fmt::format("{:.1f}", each.measured.cycles),
                       found ? fmt::format("{:.1f}", each.simulated->cycles) : "-",
                       found ? percent(each.simulated->cycles / each.measured.cycles - 1) : "-",
                       size_text(series, each.measured.last + 1),
                       found ? size_text(series, each.simulated->last + 1) : "-"});
        }
    }
    return "plateaus (three points or more within 5 %) and the knees that end them, sizes in " + comparison.size_name +
           "\n" + table.text();
}

[[nodiscard]] std::string worst_text(const Comparison& comparison)
{
    TextTable table{{"curve", comparison.size_name, "measured", "simulated", "error"}};
    for (const ComparedPoint& point : worst_points(comparison, worst_shown)) {
        table.add({point.pattern.series, std::to_string(point.pattern.size), fmt::format("{:.1f}", point.measured),
                   fmt::format("{:.1f}", point.simulated), percent(point.error())});
    }
    return "worst points\n" + table.text();
}

[[nodiscard]] std::string assumed_text(const machine::Machine& machine)
{
    const std::vector<machine::Provenance> numbers = assumed_numbers(machine);
    if (numbers.empty()) return "";
    std::string text = "assumed numbers that this rests on\n";
    for (const machine::Provenance& number : numbers)
        text += fmt::format("  ! {} = {} {}\n", number.pointer, number.shown, number.unit);
    return text + fmt::format("  drywalk machines show {} has their reasons\n", machine.name);
}

[[nodiscard]] ordered_json points_json(const ComparedSeries& series)
{
    ordered_json points = ordered_json::array();
    for (const ComparedPoint& point : series.points) {
        points.push_back({{"size", point.pattern.size},
                          {"elements", point.pattern.elements},
                          {"measured", point.measured},
                          {"simulated", point.simulated},
                          {"error", point.error()},
                          {"judged", point.judged}});
    }
    return points;
}

[[nodiscard]] ordered_json plateau_json(const ComparedSeries& series, const Plateau& plateau)
{
    const auto size_at = [&](std::size_t index) { return series.points[index].pattern.size; };
    ordered_json json = {
        {"cycles", plateau.cycles}, {"first", size_at(plateau.first)}, {"last", size_at(plateau.last)}};
    if (plateau.last + 1 < series.points.size()) json["knee"] = size_at(plateau.last + 1);
    return json;
}

[[nodiscard]] ordered_json plateaus_json(const ComparedSeries& series)
{
    ordered_json plateaus = ordered_json::array();
    for (const ComparedPlateau& each : series.plateaus) {
        ordered_json json = {{"measured", plateau_json(series, each.measured)}};
        json["simulated"] = each.simulated ? plateau_json(series, *each.simulated) : ordered_json{};
        if (each.knee_shift) json["knee_shift_points"] = *each.knee_shift;
        plateaus.push_back(json);
    }
    return plateaus;
}

/// Null: not a guest.
[[nodiscard]] ordered_json nested_json(const machine::NestedProfile& nested)
{
    if (!nested.on) return {};
    return {{"host_page_size", machine::host_page_size_name(nested.host_page_size)}};
}

[[nodiscard]] ordered_json mean_json(const MeanError& mean)
{
    return {{"points", mean.points}, {"mean_absolute", mean.absolute}, {"within_15_percent", mean.within_15_percent}};
}

} // namespace

std::string machine_text(const Subject& subject)
{
    const machine::NestedProfile& nested = subject.machine.profile.nested;
    if (!nested.on) return subject.machine.name;
    return fmt::format("{} as a guest with {} host pages", subject.machine.name,
                       machine::host_page_size_name(nested.host_page_size));
}

std::vector<machine::Provenance> assumed_numbers(const machine::Machine& machine)
{
    constexpr std::array<std::string_view, 7> relevant{
        "/tlb/l1_data", "/tlb/l2_data", "/structure_caches", "/costs/l2_tlb_hit", "/costs/walk_start",
        "/caches",      "/nested"};
    std::vector<machine::Provenance> numbers;
    for (const machine::Provenance& number : machine.provenance) {
        const bool matters = std::ranges::any_of(relevant, [&](auto part) { return number.pointer.starts_with(part); });
        if (matters && number.confidence == machine::Confidence::assumed) numbers.push_back(number);
    }
    return numbers;
}

std::string text_report(const Comparison& comparison, const Subject& subject, Detail detail, output::PageWidth width)
{
    std::string text = heading(subject) + "\n" + made_by_text(made_by(subject), width) + "\n" +
                       goals_text(goals_of(comparison, subject.machine.profile), comparison) + "\n" +
                       worst_text(comparison) + "\n" + errors_text(comparison) + "\n";
    if (detail == Detail::full) {
        text += plateaus_text(comparison) + "\n";
        for (const ComparedSeries& series : comparison.series)
            text += points_text(series, comparison.size_name) + "\n";
    }
    return text + assumed_text(subject.machine);
}

std::string json_report(const Comparison& comparison, const Subject& subject)
{
    ordered_json curves = ordered_json::array();
    for (const ComparedSeries& series : comparison.series) {
        curves.push_back({{"name", series.name},
                          {"error", mean_json(mean_error(series.points))},
                          {"error_without_l1d_plateau", mean_json(mean_error_beyond_l1d(series.points))},
                          {"plateaus", plateaus_json(series)},
                          {"points", points_json(series)}});
    }
    ordered_json assumed = ordered_json::array();
    for (const machine::Provenance& number : assumed_numbers(subject.machine))
        assumed.push_back(number.pointer);
    const ordered_json document = {
        {"made_by", made_by_json(made_by(subject))},
        {"machine", subject.machine.name},
        {"measured", subject.measured_file},
        {"nested", nested_json(subject.machine.profile.nested)},
        {"frames", placement_name(subject.options.placement)},
        {"seed", subject.options.seed},
        {"size", comparison.size_name},
        {"goals", goals_json(goals_of(comparison, subject.machine.profile), comparison)},
        {"judged_bytes", comparison.judged_bytes},
        {"error", mean_json(mean_error(all_points(comparison)))},
        {"error_without_l1d_plateau", mean_json(mean_error_beyond_l1d(all_points(comparison)))},
        {"curves", curves},
        {"assumed", assumed}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace drywalk::calibrate
