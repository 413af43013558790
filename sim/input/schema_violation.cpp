// SPDX-License-Identifier: MIT
#include "sim/input/schema_violation.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/mistakes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <vector>

namespace drywalk {

namespace {

using nlohmann::json;
using Words = std::optional<std::string>; ///< what is wrong, if anything is

/// The scalar itself, or what kind of thing it is.
[[nodiscard]] std::string shown(const json& value)
{
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
    return value.dump();
}

[[nodiscard]] bool has_type(const json& value, const std::string& type)
{
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
}

[[nodiscard]] std::vector<std::string> allowed_types(const json& schema)
{
    const auto type = schema.find("type");
    if (type == schema.end()) return {};
    if (type->is_string()) return {type->get<std::string>()};
    return type->get<std::vector<std::string>>();
}

[[nodiscard]] bool type_fits(const json& schema, const json& value)
{
    const std::vector<std::string> types = allowed_types(schema);
    return types.empty() ||
           std::any_of(types.begin(), types.end(), [&](const std::string& type) { return has_type(value, type); });
}

[[nodiscard]] std::string description(const json& schema)
{
    const auto text = schema.find("description");
    return text == schema.end() ? "" : ": " + text->get<std::string>();
}

[[nodiscard]] Words wrong_type(const json& schema, const json& value)
{
    if (type_fits(schema, value)) return {};
    return fmt::format("{} where {} is legal{}", shown(value), fmt::join(allowed_types(schema), " or "),
                       description(schema));
}

[[nodiscard]] Words wrong_choice(const json& schema, const json& value)
{
    const auto choices = schema.find("enum");
    if (choices == schema.end() || std::find(choices->begin(), choices->end(), value) != choices->end()) return {};
    std::vector<std::string> legal;
    for (const json& choice : *choices)
        legal.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
    return fmt::format("{} is unknown (legal: {})", shown(value), fmt::join(legal, ", "));
}

/// How far a number may go: "0 to 100", "at least 1".
[[nodiscard]] std::string legal_range(const json& schema, const char* minimum, const char* maximum)
{
    const auto low = schema.find(minimum);
    const auto high = schema.find(maximum);
    if (low != schema.end() && high != schema.end()) return fmt::format("{} to {}", low->dump(), high->dump());
    if (low != schema.end()) return "at least " + low->dump();
    return "at most " + high->dump();
}

[[nodiscard]] bool outside(const json& schema, const json& number, const char* minimum, const char* maximum)
{
    const auto low = schema.find(minimum);
    const auto high = schema.find(maximum);
    return (low != schema.end() && number < *low) || (high != schema.end() && number > *high);
}

[[nodiscard]] Words wrong_number(const json& schema, const json& value)
{
    if (!value.is_number() || !outside(schema, value, "minimum", "maximum")) return {};
    return fmt::format("{} is out of range (legal: {})", shown(value), legal_range(schema, "minimum", "maximum"));
}

/// In code points, as the specification counts.
[[nodiscard]] std::size_t length_of(const std::string& text)
{
    const auto starts_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

[[nodiscard]] Words wrong_string(const json& schema, const json& value)
{
    if (!value.is_string()) return {};
    const auto& text = value.get_ref<const std::string&>();
    const json length = length_of(text);
    if (outside(schema, length, "minLength", "maxLength")) {
        return fmt::format("{} has {} characters (legal: {}{})", shown(value), length.dump(),
                           legal_range(schema, "minLength", "maxLength"), description(schema));
    }
    const auto pattern = schema.find("pattern");
    if (pattern == schema.end() || std::regex_search(text, std::regex{pattern->get<std::string>()})) return {};
    return fmt::format("{} has the wrong form (legal: {}{})", shown(value), pattern->get<std::string>(),
                       description(schema));
}

[[nodiscard]] Words wrong_array(const json& schema, const json& value)
{
    if (!value.is_array()) return {};
    const json count = value.size();
    if (!outside(schema, count, "minItems", "maxItems")) return {};
    return fmt::format("{} elements (legal: {})", count.dump(), legal_range(schema, "minItems", "maxItems"));
}

[[nodiscard]] std::string legal_keys(const json& schema)
{
    std::vector<std::string> names;
    const auto properties = schema.find("properties");
    if (properties == schema.end()) return "none";
    for (const auto& [name, unused] : properties->items())
        names.push_back(name);
    return fmt::format("{}", fmt::join(names, ", "));
}

[[nodiscard]] std::vector<std::string> unknown_keys(const json& schema, const json& value)
{
    const auto additional = schema.find("additionalProperties");
    if (additional == schema.end() || *additional != false) return {};
    const json properties = schema.value("properties", json::object());
    std::vector<std::string> all;
    for (const auto& [name, unused] : value.items()) {
        if (properties.contains(name)) continue;
        if (all.size() > most_reported_mistakes) break;
        all.push_back(fmt::format("unknown key {} (legal: {})", in_quotes(name), legal_keys(schema)));
    }
    return all;
}

[[nodiscard]] Words missing_key(const json& schema, const json& value)
{
    const auto required = schema.find("required");
    if (required == schema.end()) return {};
    for (const json& name : *required) {
        if (!value.contains(name.get_ref<const std::string&>())) {
            return fmt::format("key {} is missing (required: {})", name.dump(),
                               fmt::join(required->get<std::vector<std::string>>(), ", "));
        }
    }
    return {};
}

[[nodiscard]] Words missing_companion(const json& schema, const json& value)
{
    const auto dependencies = schema.find("dependencies");
    if (dependencies == schema.end()) return {};
    for (const auto& [name, companions] : dependencies->items()) {
        for (const json& companion : companions) {
            if (value.contains(name) && !value.contains(companion.get_ref<const std::string&>())) {
                return fmt::format("key \"{}\" needs key {} beside it", name, companion.dump());
            }
        }
    }
    return {};
}

[[nodiscard]] Words too_few_keys(const json& schema, const json& value)
{
    const json count = value.size();
    if (!outside(schema, count, "minProperties", "maxProperties")) return {};
    return fmt::format("{} keys (legal: {} of {})", count.dump(), legal_range(schema, "minProperties", "maxProperties"),
                       legal_keys(schema));
}

/// A oneOf here tells apart alternatives by their type and by the keys that they require.
[[nodiscard]] Words wrong_alternative(const json& schema, const json& value)
{
    const auto alternatives = schema.find("oneOf");
    if (alternatives == schema.end()) return {};
    std::vector<std::string> names;
    unsigned fitting = 0;
    for (const json& alternative : *alternatives) {
        const bool keys_fit = !value.is_object() || !missing_key(alternative, value);
        if (type_fits(alternative, value) && keys_fit) ++fitting;
        for (const json& name : alternative.value("required", json::array()))
            names.push_back(name.get<std::string>());
    }
    if (fitting == 1) return {};
    return fmt::format("needs exactly one of the keys {}", fmt::join(names, ", "));
}

/// Of a kind that makes what is below it meaningless.
[[nodiscard]] Words wrong_shape(const json& schema, const json& value)
{
    for (const auto check : {wrong_type, wrong_choice}) {
        if (Words words = check(schema, value)) return words;
    }
    return {};
}

/// What is wrong with the keys of an object.
[[nodiscard]] std::vector<std::string> wrong_keys(const json& schema, const json& value)
{
    if (!value.is_object()) return {};
    std::vector<std::string> all = unknown_keys(schema, value);
    for (const auto check : {missing_key, too_few_keys, missing_companion}) {
        if (const Words words = check(schema, value)) return all.push_back(*words), all;
    }
    return all;
}

/// What is wrong with a number, a string or the length of an array.
[[nodiscard]] Words wrong_extent(const json& schema, const json& value)
{
    for (const auto check : {wrong_number, wrong_string, wrong_array}) {
        if (Words words = check(schema, value)) return words;
    }
    return {};
}

/// Walks schema and document together.
class Search {
public:
    explicit Search(const json& root) : root_{root} {}

    void look(const json& schema, const json& value, const std::string& at)
    {
        const json& node = resolve(schema);
        if (const Words words = wrong_shape(node, value)) return grave(at, *words);
        if (const Words words = wrong_extent(node, value)) return slight(at, *words);
        const std::vector<std::string> keys = wrong_keys(node, value);
        for (const std::string& words : keys)
            grave(at, words);
        const Words alternative = wrong_alternative(node, value);
        if (alternative && keys.empty()) grave(at, *alternative);
        if (value.is_object()) look_into_object(node, value, at);
        if (value.is_array()) look_into_array(node, value, at);
    }

    [[nodiscard]] std::vector<SchemaViolation> found()
    {
        grave_.insert(grave_.end(), slight_.begin(), slight_.end());
        return std::move(grave_);
    }

private:
    using Violations = std::vector<SchemaViolation>;

    void grave(const std::string& at, const std::string& words) { add(grave_, at, words); }
    void slight(const std::string& at, const std::string& words) { add(slight_, at, words); }

    /// No more than anyone reports: a document may have a million of them.
    static void add(Violations& all, const std::string& at, const std::string& words)
    {
        if (all.size() <= most_reported_mistakes) all.push_back({at, words});
    }

    /// A reference stands alone: draft 7 ignores what is beside it.
    [[nodiscard]] const json& resolve(const json& schema) const
    {
        const auto reference = schema.find("$ref");
        if (reference == schema.end()) return schema;
        return root_.at(json::json_pointer{reference->get<std::string>().substr(1)});
    }

    void look_into_object(const json& schema, const json& value, const std::string& at)
    {
        const json properties = schema.value("properties", json::object());
        const auto others = schema.find("additionalProperties");
        for (const auto& [name, member] : value.items()) {
            const auto known = properties.find(name);
            if (known != properties.end()) {
                look(*known, member, pointer_to(at, name));
            } else if (others != schema.end() && others->is_object()) {
                look(*others, member, pointer_to(at, name));
            }
        }
    }

    void look_into_array(const json& schema, const json& value, const std::string& at)
    {
        const auto items = schema.find("items");
        if (items == schema.end()) return;
        for (std::size_t index = 0; index < value.size(); ++index)
            look(*items, value[index], pointer_to(at, index));
    }

    const json& root_;
    Violations grave_;
    Violations slight_;
};

} // namespace

std::string pointer_to(const std::string& parent, const std::string& key)
{
    std::string token;
    for (const char character : key) {
        if (character == '~') {
            token += "~0";
        } else if (character == '/') {
            token += "~1";
        } else {
            token += character;
        }
    }
    return parent + '/' + token;
}

std::string pointer_to(const std::string& parent, std::size_t index) { return fmt::format("{}/{}", parent, index); }

std::vector<SchemaViolation> find_violations(const json& schema, const json& document)
{
    Search search{schema};
    search.look(schema, document, "");
    return search.found();
}

} // namespace drywalk
