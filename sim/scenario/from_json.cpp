// SPDX-License-Identifier: MIT
#include "sim/scenario/from_json.hpp"

#include "kernel_model/core/layout.hpp"
#include "sim/scenario/schema_violation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace drywalk::scenario {

namespace {

using kernel::Discipline;
using nlohmann::json;
namespace layout = kernel::layout;

constexpr std::uint64_t default_memory_bytes = 32 * layout::mib;

/// The schema lists the names, so one of them fits.
[[nodiscard]] Discipline discipline_from(const std::string& name)
{
    for (std::uint32_t index = 0; index < kernel::discipline_count; ++index) {
        if (name == discipline_name(static_cast<Discipline>(index))) return static_cast<Discipline>(index);
    }
    throw InputError{"unknown discipline " + in_quotes(name)};
}

template <typename Named>
[[nodiscard]] std::string names_of(const std::vector<Named>& all)
{
    std::vector<std::string> names;
    for (const Named& one : all)
        names.push_back(one.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

template <typename Named>
[[nodiscard]] std::uint32_t index_of(const std::vector<Named>& all, const std::string& name, const char* kind,
                                     const std::string& pointer, const Complaint& complaint)
{
    for (std::uint32_t index = 0; index < all.size(); ++index) {
        if (all[index].name == name) return index;
    }
    complaint.fail(pointer, fmt::format("unknown {} {} (known: {})", kind, in_quotes(name), names_of(all)));
}

template <typename Named>
void refuse_second(const std::vector<Named>& all, const std::string& pointer, const Complaint& complaint)
{
    for (std::size_t later = 1; later < all.size(); ++later) {
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            if (all[earlier].name != all[later].name) continue;
            complaint.fail(pointer_to(pointer_to(pointer, later), "name"),
                           fmt::format("{} is the name of {}/{} too (legal: a name of its own)",
                                       in_quotes(all[later].name), pointer, earlier));
        }
    }
}

[[nodiscard]] std::vector<Discipline> disciplines_from(const json& document)
{
    std::vector<Discipline> disciplines;
    if (!document.contains("disciplines")) {
        for (std::uint32_t index = 0; index < kernel::discipline_count; ++index)
            disciplines.push_back(static_cast<Discipline>(index));
        return disciplines;
    }
    for (const json& name : document.at("disciplines"))
        disciplines.push_back(discipline_from(name.get<std::string>()));
    return disciplines;
}

[[nodiscard]] Layout layout_from(const json& document, const Complaint& complaint)
{
    const json from = document.value("layout", json::object());
    const auto place = [&](const char* name, x86::LinearAddress otherwise) {
        if (!from.contains(name)) return otherwise;
        return address_from(from.at(name).get<std::string>(), pointer_to("/layout", name), complaint);
    };
    return {place("template", layout::default_template), place("stack", layout::default_stack),
            place("working_set", layout::default_working_set)};
}

[[nodiscard]] std::vector<Image> images_from(const json& document)
{
    std::vector<Image> images;
    for (const json& from : document.at("images")) {
        const json& pages = from.at("template");
        const bool large = pages.value("page_size", "4K") == "2M";
        images.push_back({from.at("name").get<std::string>(), pages.at("code_pages").get<std::uint32_t>(),
                          pages.value("data_pages", 0U), large ? x86::PageSize::size_2m : x86::PageSize::size_4k,
                          pages.value("data_writable", false)});
    }
    return images;
}

[[nodiscard]] std::vector<Instance> one_of_each(const std::vector<Image>& images)
{
    std::vector<Instance> instances;
    for (std::uint32_t image = 0; image < images.size(); ++image)
        instances.push_back({images[image].name, image, 0});
    return instances;
}

[[nodiscard]] std::vector<Instance> instances_from(const json& document, const std::vector<Image>& images,
                                                   const Complaint& complaint)
{
    if (!document.contains("instances")) return one_of_each(images);
    std::vector<Instance> instances;
    for (const json& from : document.at("instances")) {
        const std::string at = pointer_to(pointer_to("/instances", instances.size()), "image");
        const std::uint32_t image = index_of(images, from.at("image").get<std::string>(), "Image", at, complaint);
        instances.push_back({from.at("name").get<std::string>(), image, from.value("working_set_pages", 0U)});
    }
    return instances;
}

[[nodiscard]] Sweep sweep_from(const json& document)
{
    const json from = document.value("sweep", json::object());
    return {from.value("template_pages", std::vector<std::uint32_t>{}),
            from.value("switch_percents", std::vector<std::uint32_t>{})};
}

[[nodiscard]] std::optional<Range> range_from(const json& counts, const char* name)
{
    if (!counts.contains(name)) return {};
    const json& from = counts.at(name);
    if (from.is_number()) return Range{from.get<std::uint64_t>(), from.get<std::uint64_t>()};
    return Range{from.value("min", std::uint64_t{0}), from.value("max", std::numeric_limits<std::uint64_t>::max())};
}

[[nodiscard]] std::vector<MachineOverride> overrides_from(const json& document)
{
    std::vector<MachineOverride> overrides;
    if (!document.contains("machine_overrides")) return overrides;
    for (const auto& [pointer, value] : document.at("machine_overrides").items()) {
        overrides.push_back({pointer, value.dump()});
    }
    return overrides;
}

[[nodiscard]] std::vector<Expectation> expectations_from(const json& document)
{
    std::vector<Expectation> expectations;
    const json expected = document.value("expect", json::object());
    for (const auto& [name, counts] : expected.items()) {
        expectations.push_back(
            {discipline_from(name), range_from(counts, "stale_loads"), range_from(counts, "stale_stores"),
             range_from(counts, "stale_calls"), range_from(counts, "page_faults"), range_from(counts, "cycles"),
             range_from(counts, "invlpgs"), range_from(counts, "cr3_writes"), range_from(counts, "violations")});
    }
    return expectations;
}

[[nodiscard]] std::optional<x86::PageSize> nested_page_size(const json& document)
{
    if (!document.contains("nested")) return std::nullopt;
    const auto name = document.at("nested").at("host_page_size").get<std::string>();
    unsigned size = 0;
    while (name != host_page_size_names[size])
        ++size;
    return static_cast<x86::PageSize>(size);
}

} // namespace

x86::LinearAddress address_from(const std::string& text, const std::string& pointer, const Complaint& complaint)
{
    const std::uint64_t value = std::stoull(text, nullptr, 16);
    const auto address = x86::LinearAddress::try_canonical(value);
    if (!address) {
        complaint.fail(pointer, fmt::format("{} is not canonical (legal: bits 63 to 47 all equal)", in_quotes(text)));
    }
    return *address;
}

std::uint32_t instance_index(const Scenario& scenario, const std::string& name, const std::string& pointer,
                             const Complaint& complaint)
{
    return index_of(scenario.instances, name, "Instance", pointer, complaint);
}

Scenario scenario_from(const json& document, const Complaint& complaint)
{
    Scenario scenario;
    scenario.summary = document.at("summary").get<std::string>();
    scenario.machine = document.at("machine").get<std::string>();
    scenario.machine_overrides = overrides_from(document);
    scenario.nested_page_size = nested_page_size(document);
    scenario.seed = document.value("seed", std::uint64_t{1});
    scenario.memory_bytes = document.value("memory_bytes", default_memory_bytes);
    scenario.disciplines = disciplines_from(document);
    scenario.partial_pages = document.value("partial_pages", 1U);
    scenario.layout = layout_from(document, complaint);
    scenario.images = images_from(document);
    refuse_second(scenario.images, "/images", complaint);
    scenario.instances = instances_from(document, scenario.images, complaint);
    refuse_second(scenario.instances, "/instances", complaint);
    scenario.workload = workload_from(document.at("workload"), scenario, complaint);
    scenario.sweep = sweep_from(document);
    scenario.expectations = expectations_from(document);
    return scenario;
}

} // namespace drywalk::scenario
