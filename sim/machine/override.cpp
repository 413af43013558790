// SPDX-License-Identifier: MIT
#include "sim/machine/override.hpp"

#include "sim/input/json_pointer.hpp"
#include "sim/input/json_text.hpp"
#include "sim/input/schema_violation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace drywalk::machine {

namespace {

using nlohmann::json;
using Tokens = std::vector<std::string>;

[[nodiscard]] Complaint complaint_of(const MachineOverride& wish)
{
    return wish.complaint.value_or(Complaint{"machine override"});
}

[[nodiscard]] const std::string& place_of(const MachineOverride& wish)
{
    return wish.place.empty() ? wish.pointer : wish.place;
}

[[noreturn]] void fail(const MachineOverride& wish, const std::string& what)
{
    complaint_of(wish).fail(place_of(wish), what);
}

[[nodiscard]] bool describes_a_value(const json& node) { return node.is_object() && node.contains("source"); }

[[nodiscard]] std::string pointer_of(const Tokens& tokens)
{
    std::string pointer;
    for (const std::string& token : tokens)
        pointer = pointer_to(pointer, token);
    return pointer;
}

/// The value with its source that `tokens` lead to, or lead into; `tokens` keep what leads to it.
[[nodiscard]] json& described_value(const MachineOverride& wish, json& document, Tokens& tokens)
{
    json* node = find_at(document, tokens);
    if (node != nullptr && describes_a_value(*node)) return *node;
    if (!tokens.empty() && node != nullptr) {
        tokens.pop_back();
        node = find_at(document, tokens);
        if (node != nullptr && describes_a_value(*node)) return *node;
    }
    fail(wish, fmt::format("{} is no number, name or flag of this profile (legal: a pointer that `drywalk machines "
                           "NAME` shows, such as /costs/invlpg)",
                           in_quotes(wish.pointer)));
}

/// Sets and ways of an array; the schema judges what they are.
void set_geometry(const MachineOverride& wish, json& geometry, const json& value)
{
    const bool is_pair = value.is_array() && value.size() == 2;
    const bool is_named = value.is_object() && value.size() == 2 && value.contains("sets") && value.contains("ways");
    if (!is_pair && !is_named) fail(wish, "a geometry is its sets and ways (legal: such as [64, 12])");
    geometry["sets"] = is_pair ? value.at(0) : value.at("sets");
    geometry["ways"] = is_pair ? value.at(1) : value.at("ways");
}

/// One key of a value with its source: the value itself, or one of a geometry's two numbers.
void set_part(const MachineOverride& wish, json& described, const std::string& part, const Tokens& tokens,
              const json& value)
{
    if (part == "value" || part == "sets" || part == "ways") {
        described[part] = value;
        return;
    }
    const std::string whole = pointer_of(tokens);
    fail(wish, fmt::format("{} says of {} where it comes from, which is decided by this override (legal: {})",
                           in_quotes(part), whole, whole));
}

/// A schema complains about "/costs/invlpg/value" where "/costs/invlpg" was given.
[[nodiscard]] bool same_place(const std::string& violated, const std::string& pointer)
{
    return violated == pointer || violated == pointer + "/value";
}

void check_against(const Schema& schema, const json& document, const MachineOverride& wish)
{
    if (schema.fits(document)) return;
    const std::vector<SchemaViolation> all = find_violations(schema.text(), document);
    if (all.empty())
        fail(wish, "the value does not fit the schema (legal: the form that `drywalk machines NAME` shows)");
    const SchemaViolation& first = all.front();
    if (same_place(first.pointer, wish.pointer)) fail(wish, first.what);
    complaint_of(wish).because_of(place_of(wish)).fail(first.pointer, first.what);
}

/// What is written for `text`: JSON, or a name without quotes.
[[nodiscard]] json value_from(const std::string& text, const std::string& option)
{
    const auto in_name = [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '_' || letter == '-';
    };
    const bool is_name =
        std::isalpha(static_cast<unsigned char>(text.front())) != 0 && std::ranges::all_of(text, in_name);
    if (is_name && text != "true" && text != "false" && text != "null") return text;
    return parse_json(text, option);
}

void apply(const MachineOverride& wish, json& document)
{
    std::optional<Tokens> tokens = pointer_tokens(wish.pointer);
    if (!tokens)
        fail(wish, fmt::format("{} is no JSON pointer (legal: such as /costs/invlpg)", in_quotes(wish.pointer)));
    const std::size_t length = tokens->size();
    const std::string last = tokens->empty() ? "" : tokens->back();
    json& described = described_value(wish, document, *tokens);
    const json value = json::parse(wish.value);
    if (tokens->size() < length) {
        set_part(wish, described, last, *tokens, value);
    } else if (described.contains("value")) {
        described["value"] = value;
    } else {
        set_geometry(wish, described, value);
    }
    described["source"] = wish.source.empty() ? "set by the scenario" : wish.source;
    described["confidence"] = "assumed";
}

} // namespace

void apply_overrides(const std::vector<MachineOverride>& overrides, json& document, const Schema& schema)
{
    const json before = document;
    for (const MachineOverride& each : overrides)
        apply(each, document);
    if (schema.fits(document)) return;
    document = before; // one by one, to find the culprit
    for (const MachineOverride& each : overrides) {
        apply(each, document);
        check_against(schema, document, each);
    }
}

Complaint blamed_on(const std::vector<MachineOverride>& overrides)
{
    constexpr std::size_t most_named = 3;
    std::vector<std::string> places;
    for (const MachineOverride& each : overrides) {
        if (places.size() < most_named) places.push_back(place_of(each));
    }
    const std::string more = overrides.size() > most_named ? " and others" : "";
    return complaint_of(overrides.front()).because_of(fmt::format("{}{}", fmt::join(places, " and "), more));
}

MachineOverride override_from(const std::string& wish, const std::string& option)
{
    const std::size_t equals = wish.find('=');
    if (equals == std::string::npos || equals + 1 == wish.size()) {
        throw InputError{fmt::format("{} {}: no value (legal: POINTER=VALUE, such as /costs/walk_start=12)", option,
                                     in_quotes(wish))};
    }
    const std::string pointer = wish.substr(0, equals);
    const std::string where = one_line(fmt::format("{} {}", option, in_quotes(pointer)));
    MachineOverride result{pointer, value_from(wish.substr(equals + 1), where).dump()};
    result.complaint = Complaint{option};
    result.source = "set on the command line";
    return result;
}

} // namespace drywalk::machine
