// SPDX-License-Identifier: MIT
#include "sim/scenario/read/from_json.hpp"

#include "kernel_model/program/layout.hpp"
#include "sim/input/mistakes.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/policy_names.hpp"
#include "sim/scenario/read/capability_from_json.hpp"

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

/// Of the ladder's rungs only the last is about global leaves; without a rung a capability kernel says what it wants.
[[nodiscard]] std::vector<Discipline> disciplines_from(const json& document, const Scenario& scenario)
{
    const bool global = scenario.rung == global_rung;
    const bool by_rung = !scenario.rung.empty() && !global;
    const bool unsaid = has_capabilities(scenario) && !global && !document.contains("disciplines");
    if (by_rung || unsaid) return {Discipline::not_global};
    std::vector<Discipline> disciplines;
    if (!document.contains("disciplines")) {
        for (std::uint32_t index = 0; index < kernel::discipline_count_without_pcids; ++index)
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

/// What the capability kernel's workloads touch besides the template they bring into the caches page by page.
[[nodiscard]] Placement placement_from(const json& document)
{
    const json from = document.value("placement", json::object());
    const bool templates = !document.contains("kernel");
    Placement placement;
    placement.lines = from.value("lines", templates ? "spread" : "first") == "spread" ? kernel::LinePlacement::spread
                                                                                      : kernel::LinePlacement::first;
    placement.frames = from.value("frames", templates ? "scattered" : "in_order") == "scattered"
                           ? kernel::FramePlacement::scattered
                           : kernel::FramePlacement::in_order;
    return placement;
}

[[nodiscard]] std::vector<Image> images_from(const json& document)
{
    std::vector<Image> images;
    for (const json& from : document.at("images")) {
        const json& pages = from.at("template");
        const auto page_size = machine::page_size_named(pages.value("page_size", "4k"));
        images.push_back({from.at("name").get<std::string>(), pages.at("code_pages").get<std::uint32_t>(),
                          pages.value("data_pages", 0U), page_size.value_or(x86::PageSize::size_4k),
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

/// Into `scenario` one by one: an Instance's slots may name those before it.
void read_instances(const json& document, Scenario& scenario, const Complaint& complaint)
{
    std::vector<Instance>& instances = scenario.instances;
    if (!document.contains("instances")) {
        instances = one_of_each(scenario.images);
        return;
    }
    for (const json& from : document.at("instances")) {
        const std::size_t index = instances.size();
        const std::string at = pointer_to(pointer_to("/instances", index), "image");
        const std::uint32_t image = image_index(scenario, from.at("image").get<std::string>(), at, complaint);
        std::vector<Slot> slots = slots_from(from, index, scenario, complaint);
        instances.push_back(
            {from.at("name").get<std::string>(), image, from.value("working_set_pages", 0U), std::move(slots)});
    }
}

[[nodiscard]] std::vector<Knob> knobs_from(const json& sweep)
{
    std::vector<Knob> knobs;
    for (const json& from : sweep.value("knobs", json::array())) {
        Knob knob;
        if (from.contains("pointer")) knob.pointers.push_back(from.at("pointer").get<std::string>());
        for (const json& pointer : from.value("pointers", json::array()))
            knob.pointers.push_back(pointer.get<std::string>());
        for (const json& value : from.at("values"))
            knob.values.push_back(value.dump());
        knobs.push_back(std::move(knob));
    }
    return knobs;
}

[[nodiscard]] Sweep sweep_from(const json& document)
{
    const json from = document.value("sweep", json::object());
    return {from.value("template_pages", std::vector<std::uint32_t>{}),
            from.value("switch_percents", std::vector<std::uint32_t>{}),
            knobs_from(from),
            {}};
}

[[nodiscard]] std::optional<Range> range_from(const json& counts, const char* name)
{
    if (!counts.contains(name)) return {};
    const json& from = counts.at(name);
    if (from.is_number()) return Range{from.get<std::uint64_t>(), from.get<std::uint64_t>()};
    return Range{from.value("min", std::uint64_t{0}), from.value("max", std::numeric_limits<std::uint64_t>::max())};
}

[[nodiscard]] std::vector<machine::MachineOverride> overrides_from(const json& document, const Complaint& complaint)
{
    std::vector<machine::MachineOverride> overrides;
    if (!document.contains("machine_overrides")) return overrides;
    for (const auto& [pointer, value] : document.at("machine_overrides").items()) {
        machine::MachineOverride wish{pointer, value.dump()};
        wish.complaint = complaint;
        wish.place = pointer_to("/machine_overrides", pointer);
        overrides.push_back(std::move(wish));
    }
    return overrides;
}

[[nodiscard]] Expectation expectation_from(const std::string& discipline, const json& counts)
{
    Expectation expected{
        discipline_from(discipline),       range_from(counts, "stale_loads"), range_from(counts, "stale_stores"),
        range_from(counts, "stale_calls"), range_from(counts, "page_faults"), range_from(counts, "cycles"),
        range_from(counts, "invlpgs"),     range_from(counts, "cr3_writes"),  range_from(counts, "violations")};
    expected.calls_refused = range_from(counts, "calls_refused");
    expected.frames_discarded = range_from(counts, "frames_discarded");
    for (std::size_t counter = 0; counter < counter_names.size(); ++counter)
        expected.counters[counter] = range_from(counts, counter_names[counter]);
    for (const kernel::Counter counted_by_machine : {kernel::Counter::cr3_writes, kernel::Counter::invlpgs})
        expected.counters[static_cast<std::size_t>(counted_by_machine)].reset();
    for (std::size_t verdict = 0; verdict < verdict_names.size(); ++verdict)
        expected.verdicts[verdict] = range_from(counts, verdict_names[verdict]);
    return expected;
}

[[nodiscard]] std::vector<Expectation> expectations_from(const json& document)
{
    std::vector<Expectation> expectations;
    const json expected = document.value("expect", json::object());
    for (const auto& [name, counts] : expected.items()) {
        expectations.push_back(expectation_from(name, counts));
    }
    return expectations;
}

[[nodiscard]] std::optional<x86::PageSize> nested_page_size(const json& document)
{
    if (!document.contains("nested")) return std::nullopt;
    return machine::page_size_named(document.at("nested").at("host_page_size").get<std::string>());
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

std::uint32_t image_index(const Scenario& scenario, const std::string& name, const std::string& pointer,
                          const Complaint& complaint)
{
    return index_of(scenario.images, name, "Image", pointer, complaint);
}

std::uint32_t cap_index(const Scenario& scenario, const std::string& name, const std::string& pointer,
                        const Complaint& complaint)
{
    return index_of(scenario.caps, name, "DataCap", pointer, complaint);
}

namespace {

/// What names nothing but itself.
void read_plain_parts(const json& document, Scenario& scenario, const Complaint& complaint)
{
    scenario.summary = document.at("summary").get<std::string>();
    scenario.machine = document.at("machine").get<std::string>();
    scenario.machine_overrides = overrides_from(document, complaint);
    scenario.nested_page_size = nested_page_size(document);
    scenario.seed = document.value("seed", std::uint64_t{1});
    scenario.memory_bytes = document.value("memory_bytes", default_memory_bytes);
    if (document.contains("kernel")) read_kernel(document.at("kernel"), scenario);
    scenario.disciplines = disciplines_from(document, scenario);
    scenario.partial_pages = document.value("partial_pages", 1U);
    scenario.pcids = document.value("pcids", default_pcids);
    scenario.placement = placement_from(document);
    scenario.images = images_from(document);
    scenario.caps = caps_from(document);
    scenario.sweep = sweep_from(document);
    scenario.expectations = expectations_from(document);
}

/// What names Images and DataCaps; false if a workload cannot refer to it all.
[[nodiscard]] bool read_named_parts(const json& document, Scenario& scenario, Mistakes& mistakes,
                                    const Complaint& complaint)
{
    bool known = true;
    for (std::size_t index = 0; index < scenario.images.size(); ++index) {
        const json& image = document.at("images").at(index);
        known = mistakes.gather([&] { read_memory(image, index, scenario, complaint); }) && known;
    }
    known = mistakes.gather([&] { read_instances(document, scenario, complaint); }) && known;
    return mistakes.gather([&] { refuse_second(scenario.instances, "/instances", complaint); }) && known;
}

} // namespace

Scenario scenario_from(const json& document, const Complaint& complaint)
{
    Scenario scenario;
    read_plain_parts(document, scenario, complaint);
    Mistakes mistakes;
    mistakes.gather([&] { scenario.layout = layout_from(document, complaint); });
    bool known = mistakes.gather([&] { refuse_second(scenario.images, "/images", complaint); });
    known = mistakes.gather([&] { refuse_second(scenario.caps, "/caps", complaint); }) && known;
    if (known) known = read_named_parts(document, scenario, mistakes, complaint);
    if (known) {
        mistakes.gather([&] { scenario.workload = workload_from(document.at("workload"), scenario, complaint); });
    }
    mistakes.throw_if_any();
    if (has_capabilities(scenario)) fill_in_sizes(document, scenario);
    return scenario;
}

} // namespace drywalk::scenario
