// SPDX-License-Identifier: MIT
#include "sim/scenario/pair_rate.hpp"

#include "sim/scenario/body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace drywalk::scenario {

namespace {

[[nodiscard]] bool takes_turns(const PairWorkload& pairs)
{
    return std::set(pairs.order.begin(), pairs.order.end()).size() > 1;
}

/// What came out, of the pairs that have one before them.
[[nodiscard]] double percent_of(const PairWorkload& pairs)
{
    return 100.0 * static_cast<double>(switches_of(pairs)) / (pairs.pairs - 1);
}

[[nodiscard]] std::string note_of_rate(const PairWorkload& pairs)
{
    const std::string asked = fmt::format("{} % Image switches", pairs.switch_percent);
    if (pairs.pairs == 1) return fmt::format("{}: none happens in a single pair.", asked);
    const double percent = percent_of(pairs);
    constexpr double worth_telling = 0.05;
    if (percent > (1 - worth_telling) * pairs.switch_percent) return "";
    return fmt::format("{} of {} pairs are {}: {:.1f} %.", asked, pairs.pairs, switches_of(pairs), percent);
}

/// What a switch never does in this workload, however many there are.
[[nodiscard]] std::string note_of_order(const Scenario& scenario)
{
    const PairWorkload& pairs = *scenario.workload.pairs;
    const Instance& first = scenario.instances[pairs.order.front()];
    if (!takes_turns(pairs)) {
        return fmt::format(
            "Only Instance {} is called: no pair changes the Image, and no verdict of this run speaks of a"
            " change.",
            first.name);
    }
    const bool one_image = std::ranges::all_of(
        pairs.order, [&](std::uint32_t instance) { return scenario.instances[instance].image == first.image; });
    if (!one_image) return "";
    return fmt::format("All Instances that are called are of Image {}: a switch changes the Instance, and no verdict of"
                       " this run speaks of a change of Image.",
                       scenario.images[first.image].name);
}

/// At a rate of 0 the first Instance is called again and again.
[[nodiscard]] std::string note_of_first(const Scenario& scenario)
{
    const PairWorkload& pairs = *scenario.workload.pairs;
    const std::uint32_t first = pairs.order.front();
    const auto other = std::ranges::find_if(
        pairs.order, [&](std::uint32_t instance) { return !same_touches(scenario, first, instance); });
    if (other == pairs.order.end()) return "";
    return fmt::format("0 % Image switches: only Instance {} ran, and {} touches other pages. What it takes is no point"
                       " of the same curve.",
                       scenario.instances[first].name, scenario.instances[*other].name);
}

} // namespace

std::uint64_t switches_of(const PairWorkload& pairs)
{
    return pairs.pairs == 0 ? 0 : std::uint64_t{pairs.pairs - 1} * pairs.switch_percent / 100;
}

void check_switch_rate(const PairWorkload& pairs, const std::string& at, const Complaint& complaint)
{
    if (!takes_turns(pairs) || pairs.pairs < 2 || pairs.switch_percent == 0 || switches_of(pairs) != 0) return;
    const std::uint32_t later = pairs.pairs - 1;
    complaint.fail(at,
                   fmt::format("{} % of {} pairs is no Image switch at all (legal: 0, or at least {}; or more pairs)",
                               pairs.switch_percent, pairs.pairs, (100 + later - 1) / later));
}

std::vector<std::string> pair_rate_notes(const Scenario& scenario)
{
    std::vector<std::string> notes;
    if (!scenario.workload.pairs) return notes;
    if (const std::string note = note_of_order(scenario); !note.empty()) notes.push_back(note);
    if (!takes_turns(*scenario.workload.pairs)) return notes;
    std::set<std::uint32_t> percents(scenario.sweep.switch_percents.begin(), scenario.sweep.switch_percents.end());
    percents.insert(scenario.workload.pairs->switch_percent);
    for (const std::uint32_t percent : percents) {
        PairWorkload pairs = *scenario.workload.pairs;
        pairs.switch_percent = percent;
        const std::string note = percent == 0 ? note_of_first(scenario) : note_of_rate(pairs);
        if (!note.empty()) notes.push_back(note);
    }
    return notes;
}

} // namespace drywalk::scenario
