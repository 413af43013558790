// SPDX-License-Identifier: MIT
// How a machine is shown: every number with its source, assumptions in plain sight.
#include "sim/machine/machine.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace drywalk::machine {

namespace {

using Counts = std::array<std::size_t, 3>; ///< by Confidence

[[nodiscard]] Counts count_by_confidence(const Machine& machine)
{
    Counts counts{};
    for (const Provenance& entry : machine.provenance)
        ++counts[static_cast<std::size_t>(entry.confidence)];
    return counts;
}

/// Longer ones, lists of index bits, stand out of their column.
constexpr std::size_t widest_value = 24;

struct Widths {
    std::size_t pointer = 0, shown = 0, unit = 0;
};

[[nodiscard]] Widths widths_of(const Machine& machine)
{
    Widths widths;
    for (const Provenance& entry : machine.provenance) {
        widths.pointer = std::max(widths.pointer, entry.pointer.size());
        if (entry.shown.size() <= widest_value) widths.shown = std::max(widths.shown, entry.shown.size());
        widths.unit = std::max(widths.unit, entry.unit.size());
    }
    return widths;
}

[[nodiscard]] std::string row(const Provenance& entry, const Widths& widths)
{
    const char mark = entry.confidence == Confidence::assumed ? '!' : ' ';
    return fmt::format("{} {:<{}}  {:>{}}  {:<{}}  {:<10}  {}\n", mark, entry.pointer, widths.pointer, entry.shown,
                       widths.shown, entry.unit, widths.unit, confidence_name(entry.confidence), entry.source);
}

/// As an override may give it: a number, a flag or a list as such, a name as text.
[[nodiscard]] nlohmann::ordered_json json_value(const Provenance& entry)
{
    if (!nlohmann::ordered_json::accept(entry.shown)) return entry.shown;
    return nlohmann::ordered_json::parse(entry.shown);
}

} // namespace

const char* confidence_name(Confidence confidence)
{
    switch (confidence) {
    case Confidence::documented: return "documented";
    case Confidence::measured: return "measured";
    case Confidence::assumed: return "assumed";
    }
    return "assumed";
}

std::size_t assumed_count(const Machine& machine)
{
    return count_by_confidence(machine)[static_cast<unsigned>(Confidence::assumed)];
}

std::string assumptions(const Machine& machine, bool as_guest)
{
    const bool tells_of_hosts = std::ranges::any_of(
        machine.provenance, [](const Provenance& entry) { return entry.pointer.starts_with("/nested/"); });
    const auto overridden = std::ranges::count_if(machine.provenance, [](const Provenance& entry) {
        return entry.source.starts_with("set by the ") || entry.source.starts_with("set on the ");
    });
    return fmt::format("{} of the {} numbers of {} are assumed{}{}: drywalk machines {}", assumed_count(machine),
                       machine.provenance.size(), machine.name,
                       overridden == 0 ? "" : fmt::format(", {} of them overridden here", overridden),
                       as_guest && !tells_of_hosts ? ", and all of its host's" : "", machine.name);
}

std::string describe(const Machine& machine)
{
    const Counts counts = count_by_confidence(machine);
    std::string text =
        fmt::format("{}: {}\n{} numbers, names and flags: {} documented, {} measured, {} assumed ('!')\n", machine.name,
                    machine.title, machine.provenance.size(), counts[0], counts[1], counts[2]);
    for (const std::string& note : machine.notes)
        text += fmt::format("note: {}\n", note);
    text += '\n';
    const Widths widths = widths_of(machine);
    for (const Provenance& entry : machine.provenance)
        text += row(entry, widths);
    return text;
}

std::string describe_json(const Machine& machine)
{
    using nlohmann::ordered_json;
    ordered_json numbers = ordered_json::array();
    for (const Provenance& entry : machine.provenance) {
        numbers.push_back({{"pointer", entry.pointer},
                           {"value", json_value(entry)},
                           {"unit", entry.unit},
                           {"confidence", confidence_name(entry.confidence)},
                           {"source", entry.source}});
    }
    const ordered_json document = {{"name", machine.name},
                                   {"title", machine.title},
                                   {"core_ghz", machine.core_ghz},
                                   {"notes", machine.notes},
                                   {"numbers", numbers}};
    return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

} // namespace drywalk::machine
