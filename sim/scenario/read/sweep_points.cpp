// SPDX-License-Identifier: MIT
#include "sim/scenario/read/sweep_points.hpp"

#include "sim/input/schema_violation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace drywalk::scenario {

namespace {

using nlohmann::json;

/// The parts of a scenario that a sweep may change: what one machine runs.
constexpr std::array sweepable{"kernel", "caps",      "images",       "instances",     "workload",
                               "layout", "placement", "memory_bytes", "partial_pages", "pcids"};

[[nodiscard]] json::json_pointer pointer_from(const std::string& text, const std::string& at,
                                              const Complaint& complaint)
{
    try {
        return json::json_pointer{text};
    } catch (const json::exception&) {
        complaint.fail(
            at, fmt::format("{} is no JSON pointer (legal: /key/0/key, ~0 for '~', ~1 for '/')", in_quotes(text)));
    }
}

/// What `pointer` names is there, or could be: its parent is an object, or an array that reaches so far.
[[nodiscard]] bool leads_somewhere(const json& document, const json::json_pointer& pointer)
{
    const json::json_pointer parent = pointer.parent_pointer();
    if (document.contains(pointer)) return true;
    return document.contains(parent) && document.at(parent).is_object();
}

void check_pointer(const json& document, const std::string& text, const std::string& at, const Complaint& complaint)
{
    const json::json_pointer pointer = pointer_from(text, at, complaint);
    const std::string first = text.substr(1, text.find('/', 1) - 1);
    if (std::ranges::find(sweepable, first) == sweepable.end()) {
        complaint.fail(
            at, fmt::format("{} is not for sweeps (legal: below /{})", in_quotes(text), fmt::join(sweepable, ", /")));
    }
    if (leads_somewhere(document, pointer)) return;
    complaint.fail(at, fmt::format("{} leads nowhere in this scenario (legal: what it has)", in_quotes(text)));
}

void check_knobs(const json& document, const std::vector<Knob>& knobs, const Complaint& complaint)
{
    std::size_t points = 1;
    for (std::size_t index = 0; index < knobs.size(); ++index) {
        const std::string at = pointer_to("/sweep/knobs", index);
        for (const std::string& pointer : knobs[index].pointers)
            check_pointer(document, pointer, at, complaint);
        points *= knobs[index].values.size();
        if (points <= most_points) continue;
        complaint.fail("/sweep/knobs", fmt::format("more than {} combinations (legal: fewer values)", most_points));
    }
    if (!knobs.empty() &&
        (document.at("sweep").contains("template_pages") || document.at("sweep").contains("switch_percents"))) {
        complaint.fail("/sweep/knobs", "stands beside template_pages or switch_percents (legal: either, not both;"
                                       " knobs can name the same)");
    }
}

/// One value chosen of each knob.
using Choice = std::vector<std::size_t>;

/// The next combination, or false after the last.
[[nodiscard]] bool advance(Choice& choice, const std::vector<Knob>& knobs)
{
    for (std::size_t knob = knobs.size(); knob-- > 0;) {
        if (++choice[knob] < knobs[knob].values.size()) return true;
        choice[knob] = 0;
    }
    return false;
}

[[nodiscard]] std::string shown(const json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Where in the sweep the values stand: "/sweep/knobs/0/values/2 and /sweep/knobs/1/values/0".
[[nodiscard]] std::string cause_of(const Choice& choice)
{
    std::vector<std::string> places;
    for (std::size_t knob = 0; knob < choice.size(); ++knob)
        places.push_back(fmt::format("/sweep/knobs/{}/values/{}", knob, choice[knob]));
    return fmt::format("{}", fmt::join(places, " and "));
}

[[nodiscard]] SweepPoint point_of(json document, const std::vector<Knob>& knobs, const Choice& choice,
                                  const LoadOne& load_one, const Complaint& complaint)
{
    SweepPoint point;
    for (std::size_t knob = 0; knob < knobs.size(); ++knob) {
        const json value = json::parse(knobs[knob].values[choice[knob]]);
        for (const std::string& pointer : knobs[knob].pointers)
            document[json::json_pointer{pointer}] = value;
        point.values.push_back({knobs[knob].pointers.front(), shown(value), value.dump()});
    }
    point.scenario = load_one(document, complaint.because_of(cause_of(choice)));
    return point;
}

} // namespace

std::vector<SweepPoint> points_of(const json& document, const std::vector<Knob>& knobs, const LoadOne& load_one,
                                  const Complaint& complaint)
{
    std::vector<SweepPoint> points;
    if (knobs.empty()) return points;
    check_knobs(document, knobs, complaint);
    json without = document;
    without.erase("sweep");
    without.erase("expect");
    Choice choice(knobs.size(), 0);
    do {
        points.push_back(point_of(without, knobs, choice, load_one, complaint));
    } while (advance(choice, knobs));
    return points;
}

} // namespace drywalk::scenario
