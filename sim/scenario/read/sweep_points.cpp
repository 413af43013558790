// SPDX-License-Identifier: MIT
#include "sim/scenario/read/sweep_points.hpp"

#include "sim/input/json_pointer.hpp"
#include "sim/input/mistakes.hpp"
#include "sim/input/schema_violation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace drywalk::scenario {

namespace {

using nlohmann::json;

/// The parts of a scenario that a sweep may change: what one machine runs.
constexpr std::array sweepable{
    "kernel",       "caps",          "images", "instances", "workload",          "layout", "placement",
    "memory_bytes", "partial_pages", "pcids",  "machine",   "machine_overrides", "nested"};

/// What the tokens name is there, or could be: its parent is an object, or the scenario may have it.
[[nodiscard]] bool leads_somewhere(const json& document, std::vector<std::string> tokens)
{
    if (find_at(document, tokens) != nullptr) return true;
    const bool whole_new = tokens.size() == 2 && (tokens.front() == "machine_overrides" || tokens.front() == "nested");
    if (whole_new && !document.contains(tokens.front())) return true;
    tokens.pop_back();
    const json* const parent = find_at(document, tokens);
    return parent != nullptr && parent->is_object();
}

void check_pointer(const json& document, const std::string& text, const std::string& at, const Complaint& complaint)
{
    const auto tokens = pointer_tokens(text);
    if (!tokens || tokens->empty()) {
        complaint.fail(
            at, fmt::format("{} is no JSON pointer (legal: /key/0/key, ~0 for '~', ~1 for '/')", in_quotes(text)));
    }
    if (std::ranges::find(sweepable, tokens->front()) == sweepable.end()) {
        complaint.fail(
            at, fmt::format("{} is not for sweeps (legal: below /{})", in_quotes(text), fmt::join(sweepable, ", /")));
    }
    if (leads_somewhere(document, *tokens)) return;
    complaint.fail(at, fmt::format("{} leads nowhere in this scenario (legal: what it has)", in_quotes(text)));
}

/// Of two knobs of which one lies within the other, what the later puts there would silently be taken for what the
/// earlier one says.
void check_independence(const std::vector<Knob>& knobs, const Complaint& complaint)
{
    std::vector<std::string> before;
    for (std::size_t index = 0; index < knobs.size(); ++index) {
        for (const std::string& pointer : knobs[index].pointers) {
            const auto same = std::ranges::find_if(before, [&](const std::string& other) {
                return lies_within(other, pointer) || lies_within(pointer, other);
            });
            if (same != before.end()) {
                complaint.fail(
                    pointer_to("/sweep/knobs", index),
                    fmt::format("{} and {} change the same (legal: pointers of which none is inside another)",
                                in_quotes(*same), in_quotes(pointer)));
            }
            before.push_back(pointer);
        }
    }
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
    check_independence(knobs, complaint);
    if (!knobs.empty() &&
        (document.at("sweep").contains("template_pages") || document.at("sweep").contains("switch_percents"))) {
        complaint.fail("/sweep/knobs", "stands beside template_pages or switch_percents (legal: either, not both;"
                                       " knobs can name the same)");
    }
}

/// Puts `value` where `tokens` lead; null takes the key that is there away.
void put(json& document, std::vector<std::string> tokens, const json& value, const Complaint& complaint)
{
    const std::string last = tokens.back();
    tokens.pop_back();
    if (tokens.size() == 1 && !document.contains(tokens.front())) document[tokens.front()] = json::object();
    json* const parent = find_at(document, tokens);
    if (parent != nullptr && parent->is_object()) {
        if (value.is_null())
            parent->erase(last);
        else
            (*parent)[last] = value;
        return;
    }
    json* const element = parent == nullptr ? nullptr : find_at(*parent, {last});
    if (element == nullptr || value.is_null()) {
        complaint.fail("", "null leaves keys out, and this is an element of a list (legal: another value)");
    }
    *element = value;
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
    const Complaint blamed = complaint.because_of(cause_of(choice));
    for (std::size_t knob = 0; knob < knobs.size(); ++knob) {
        const json value = json::parse(knobs[knob].values[choice[knob]]);
        for (const std::string& pointer : knobs[knob].pointers)
            put(document, *pointer_tokens(pointer), value, blamed);
        point.values.push_back({knobs[knob].pointers.front(), shown(value), value.dump()});
    }
    point.scenario = load_one(document, blamed);
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
    Mistakes mistakes;
    do {
        mistakes.gather([&] { points.push_back(point_of(without, knobs, choice, load_one, complaint)); });
    } while (advance(choice, knobs) && !mistakes.full());
    mistakes.throw_if_any();
    return points;
}

} // namespace drywalk::scenario
