// SPDX-License-Identifier: MIT
#include "sim/machine/provenance.hpp"

#include "sim/input/schema_violation.hpp"

#include <fmt/format.h>

namespace drywalk::machine {

namespace {

using nlohmann::json;

/// The sections of a machine file, in the order of a report.
constexpr const char* sections[] = {"core_ghz", "features",  "tlb",   "structure_caches",
                                    "nested",   "behaviour", "costs", "caches"};

[[nodiscard]] Confidence confidence_from(const std::string& name)
{
    if (name == "documented") return Confidence::documented;
    return name == "measured" ? Confidence::measured : Confidence::assumed;
}

void fill_value(Provenance& entry, const json& value)
{
    if (value.is_number()) entry.value = value.get<double>();
    if (value.is_boolean()) entry.value = value.get<bool>() ? 1 : 0;
    entry.shown = value.is_string() ? value.get<std::string>() : value.dump();
}

void fill_geometry(Provenance& entry, const json& geometry)
{
    const auto sets = geometry.at("sets").get<std::uint32_t>();
    const auto ways = geometry.at("ways").get<std::uint32_t>();
    entry.value = double{1} * sets * ways;
    entry.shown = fmt::format("[{},{}]", sets, ways);
    entry.unit = "sets x ways";
}

[[nodiscard]] Provenance entry_for(const json& leaf, const std::string& pointer)
{
    Provenance entry;
    entry.pointer = pointer;
    entry.unit = leaf.value("unit", "");
    entry.source = leaf.at("source").get<std::string>();
    entry.confidence = confidence_from(leaf.at("confidence").get<std::string>());
    if (leaf.contains("value")) {
        fill_value(entry, leaf.at("value"));
    } else {
        fill_geometry(entry, leaf);
    }
    return entry;
}

void collect(const json& node, const std::string& pointer, std::vector<Provenance>& entries)
{
    if (node.is_object() && node.contains("source")) {
        entries.push_back(entry_for(node, pointer));
    } else if (node.is_object()) {
        for (const auto& [name, member] : node.items())
            collect(member, pointer_to(pointer, name), entries);
    } else if (node.is_array()) {
        for (std::size_t index = 0; index < node.size(); ++index)
            collect(node[index], pointer_to(pointer, index), entries);
    }
}

} // namespace

std::vector<Provenance> provenance_of(const json& document)
{
    std::vector<Provenance> entries;
    for (const char* section : sections) {
        if (document.contains(section)) collect(document.at(section), pointer_to("", section), entries);
    }
    return entries;
}

} // namespace drywalk::machine
