// SPDX-License-Identifier: MIT
#include "sim/scenario/read/capability_from_json.hpp"

#include "kernel_model/program/layout.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/memory_need.hpp"
#include "sim/scenario/policy_names.hpp"
#include "sim/scenario/read/from_json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::scenario {

namespace {

using kernel::CapStorage;
using kernel::MappingKind;
using kernel::MemoryMapping;
using kernel::Policies;
using kernel::SlotContent;
using nlohmann::json;

/// The schema lists the names, so one of them fits.
template <typename Choice, typename Names>
void read_choice(const json& from, const char* key, const Names& names, Choice& choice)
{
    if (!from.contains(key)) return;
    const auto found = std::ranges::find(names, from.at(key).get<std::string>());
    choice = static_cast<Choice>(found - names.begin());
}

void read_number(const json& from, const char* key, std::uint32_t& number)
{
    if (from.contains(key)) number = from.at(key).get<std::uint32_t>();
}

void read_flag(const json& from, const char* key, std::uint32_t& flag)
{
    if (from.contains(key)) flag = from.at(key).get<bool>() ? 1 : 0;
}

[[nodiscard]] bool shares_pages(const Policies& policies)
{
    return policies.storage == CapStorage::page_aligned && policies.mapping != MemoryMapping::overlay;
}

/// Without a rung, what is not said follows from what is.
void adapt_defaults(const json& from, Policies& policies)
{
    if (policies.storage == CapStorage::packed && !from.contains("mapping")) policies.mapping = MemoryMapping::overlay;
    if (!shares_pages(policies) && !from.contains("copy_on_write")) policies.copy_on_write = 0;
}

[[nodiscard]] MappingKind mapping_kind_from(const std::string& name)
{
    if (name == "pinned") return MappingKind::pinned;
    return name == "persistent" ? MappingKind::persistent : MappingKind::ephemeral;
}

[[nodiscard]] Mapping mapping_from(const json& from, const std::string& at, const Complaint& complaint)
{
    Mapping mapping;
    mapping.start = address_from(from.at("start").get<std::string>(), pointer_to(at, "start"), complaint);
    mapping.pages = from.at("pages").get<std::uint32_t>();
    mapping.kind = mapping_kind_from(from.at("kind").get<std::string>());
    const bool needs_slot = mapping.kind != MappingKind::ephemeral;
    if (needs_slot != from.contains("slot")) {
        complaint.fail(at, needs_slot ? "key \"slot\" is missing (required unless kind is ephemeral)"
                                      : "key \"slot\" has no meaning here (legal for kinds pinned and persistent)");
    }
    mapping.slot = from.value("slot", 0U);
    return mapping;
}

[[nodiscard]] Touches touches_from(const json& workload, std::uint32_t loads, std::uint32_t calls)
{
    const json from = workload.value("touches", json::object());
    Touches touches;
    touches.template_loads = touch_count(from, "template_loads", loads);
    touches.template_calls = touch_count(from, "template_calls", calls);
    touches.template_stores = touch_count(from, "template_stores", 0);
    touches.beyond_template = touch_count(from, "beyond_template", 0);
    return touches;
}

[[nodiscard]] std::uint32_t instance_from(const json& from, const std::string& at, const Scenario& scenario,
                                          const Complaint& complaint)
{
    if (!from.contains("instance")) return 0;
    return instance_index(scenario, from.at("instance").get<std::string>(), pointer_to(at, "instance"), complaint);
}

[[nodiscard]] RecursionWorkload recursion_from(const json& from, const std::string& at, bool sums_memory,
                                               const Scenario& scenario, const Complaint& complaint)
{
    return {instance_from(from, at, scenario, complaint),
            from.at("depth").get<std::uint32_t>(),
            from.value("repeat", 1U),
            from.value("slot", 255U),
            sums_memory,
            touches_from(from, 2, 1)};
}

[[nodiscard]] CallWorkload calls_from(const json& from, const std::string& at, const Scenario& scenario,
                                      const Complaint& complaint)
{
    return {instance_from(from, at, scenario, complaint), from.at("calls").get<std::uint32_t>(),
            touches_from(from, 2, 1)};
}

[[nodiscard]] ServiceWorkload service_from(const json& from, const std::string& at, const Scenario& scenario,
                                           const Complaint& complaint)
{
    return {instance_from(from, at, scenario, complaint), from.at("requests").get<std::uint32_t>(),
            from.at("dirty_percent").get<std::uint32_t>(), from.value("read_percent", 0U)};
}

[[nodiscard]] PairWorkload ping_pong_from(const json& from, const std::string& at, const Scenario& scenario,
                                          const Complaint& complaint)
{
    std::vector<std::uint32_t> order{0, 1};
    if (from.contains("instances")) {
        order.clear();
        const std::string names = pointer_to(at, "instances");
        for (const json& name : from.at("instances")) {
            order.push_back(
                instance_index(scenario, name.get<std::string>(), pointer_to(names, order.size()), complaint));
        }
    }
    return {from.at("pairs").get<std::uint32_t>(), order, from.value("switch_percent", 100U),
            touches_from(from, all_pages, all_pages)};
}

/// Room for what is there from the start and for as much again, which the frames publish.
[[nodiscard]] std::uint64_t state_pages_of(const Scenario& scenario)
{
    std::uint64_t pages = 0;
    for (const DataCap& cap : scenario.caps)
        pages += pages_of(cap.bytes);
    for (const Instance& instance : scenario.instances) {
        for (const Mapping& mapping : scenario.images[instance.image].memory)
            if (mapping.kind == MappingKind::persistent) pages += mapping.pages;
    }
    return 2 * pages;
}

/// Private copies of everything that the Instances map, and their templates.
[[nodiscard]] std::uint64_t private_bytes_of(const Scenario& scenario)
{
    std::uint64_t bytes = 0;
    for (const Instance& instance : scenario.instances) {
        const Image& image = scenario.images[instance.image];
        bytes += small_pages(image) * x86::small_page_bytes;
        for (const Mapping& mapping : image.memory)
            bytes += mapping.bytes();
    }
    return bytes;
}

/// What a frame of the recursion takes; with copy-on-write it copies nothing.
[[nodiscard]] std::uint64_t frame_bytes_of(const Scenario& scenario, const Image& image)
{
    std::uint64_t bytes = 16 * x86::small_page_bytes; // tables, stack, context
    const Policies& policies = scenario.policies;
    if (policies.arena == kernel::Arena::copied) bytes += small_pages(image) * x86::small_page_bytes;
    for (const Mapping& mapping : image.memory) {
        const bool shared = policies.copy_on_write != 0 || mapping.kind == MappingKind::pinned;
        if (!shared || policies.mapping == MemoryMapping::overlay) bytes += mapping.bytes();
    }
    return bytes;
}

/// All frames of a recursion, and the runtimes of the one before.
[[nodiscard]] std::uint64_t recursion_bytes_of(const Scenario& scenario)
{
    if (!scenario.workload.recursion) return 0;
    const RecursionWorkload& recursion = *scenario.workload.recursion;
    const Image& image = scenario.images[scenario.instances[recursion.instance].image];
    return 2 * (std::uint64_t{recursion.depth} + 1) * frame_bytes_of(scenario, image);
}

[[nodiscard]] std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

} // namespace

void read_kernel(const json& kernel, Scenario& scenario)
{
    scenario.kernel = kernel::KernelKind::capabilities;
    scenario.rung = kernel.value("rung", "");
    Policies& policies = scenario.policies;
    if (!scenario.rung.empty()) policies = policies_of_rung(scenario.rung);
    read_choice(kernel, "storage", storage_names, policies.storage);
    read_choice(kernel, "arena", arena_names, policies.arena);
    read_choice(kernel, "mapping", mapping_names, policies.mapping);
    read_choice(kernel, "space_switch", space_switch_names, policies.space_switch);
    read_choice(kernel, "rearm", rearm_names, policies.rearm);
    read_choice(kernel, "eviction", eviction_names, policies.eviction);
    read_choice(kernel, "lookup", lookup_names, policies.lookup);
    read_flag(kernel, "copy_on_write", policies.copy_on_write);
    read_flag(kernel, "keep_runtimes", policies.keep_runtimes);
    read_flag(kernel, "cow_invlpg", policies.cow_invlpg);
    read_number(kernel, "runtime_limit", policies.runtime_limit);
    read_number(kernel, "state_cache_pages", policies.state_cache_pages);
    if (scenario.rung.empty()) adapt_defaults(kernel, policies);
}

std::vector<DataCap> caps_from(const json& document)
{
    std::vector<DataCap> caps;
    for (const json& from : document.value("caps", json::array())) {
        const std::uint64_t pages = from.value("pages", std::uint64_t{0});
        caps.push_back({from.at("name").get<std::string>(), from.value("bytes", pages * x86::small_page_bytes),
                        from.value("seed", std::uint64_t{caps.size()})});
    }
    return caps;
}

void read_memory(const json& from, std::size_t index, Scenario& scenario, const Complaint& complaint)
{
    Image& image = scenario.images[index];
    const std::string at = pointer_to("/images", index);
    image.endpoints = from.value("endpoints", 1U);
    const std::string memory = pointer_to(at, "memory");
    for (const json& mapping : from.value("memory", json::array()))
        image.memory.push_back(mapping_from(mapping, pointer_to(memory, image.memory.size()), complaint));
    const std::string pinned = pointer_to(at, "pinned_slots");
    for (const json& slot : from.value("pinned_slots", json::array())) {
        const std::string here = pointer_to(pointer_to(pinned, image.pinned_slots.size()), "cap");
        image.pinned_slots.push_back({slot.at("slot").get<std::uint32_t>(), SlotContent::data_cap,
                                      cap_index(scenario, slot.at("cap").get<std::string>(), here, complaint)});
    }
}

std::vector<Slot> slots_from(const json& from, std::size_t index, const Scenario& scenario, const Complaint& complaint)
{
    std::vector<Slot> slots;
    const std::string at = pointer_to(pointer_to("/instances", index), "slots");
    for (const json& slot : from.value("slots", json::array())) {
        const std::string here = pointer_to(at, slots.size());
        const auto number = slot.at("slot").get<std::uint32_t>();
        if (slot.contains("cap")) {
            slots.push_back(
                {number, SlotContent::data_cap,
                 cap_index(scenario, slot.at("cap").get<std::string>(), pointer_to(here, "cap"), complaint)});
        } else {
            slots.push_back({number, SlotContent::instance,
                             instance_index(scenario, slot.at("instance").get<std::string>(),
                                            pointer_to(here, "instance"), complaint)});
        }
    }
    return slots;
}

Workload capability_workload_from(const json& workload, const Scenario& scenario, const Complaint& complaint)
{
    const std::string key = workload.begin().key();
    const json& from = workload.at(key);
    const std::string at = pointer_to("/workload", key);
    Workload result;
    if (key == "operations") {
        result.operations = operations_from(from, scenario, complaint);
    } else if (key == "pt_cache_call") {
        result.calls = calls_from(from, at, scenario, complaint);
    } else if (key == "persistent_service") {
        result.service = service_from(from, at, scenario, complaint);
    } else if (key == "ping_pong") {
        result.pairs = ping_pong_from(from, at, scenario, complaint);
    } else {
        result.recursion = recursion_from(from, at, key == "sub_vm_data_recurse", scenario, complaint);
    }
    return result;
}

void fill_in_sizes(const json& document, Scenario& scenario)
{
    namespace layout = kernel::layout;
    Policies& policies = scenario.policies;
    if (!document.at("kernel").contains("state_cache_pages")) {
        const std::uint64_t pages = rounded_up(state_pages_of(scenario), state_cache_unit);
        policies.state_cache_pages =
            std::max(policies.state_cache_pages,
                     static_cast<std::uint32_t>(std::min<std::uint64_t>(pages, most_state_cache_pages)));
    }
    if (document.contains("memory_bytes")) return;
    scenario.memory_bytes = 64 * layout::mib + private_bytes_of(scenario) + recursion_bytes_of(scenario);
    scenario.memory_bytes =
        std::min(rounded_up(scenario.memory_bytes + memory_need(scenario), 2 * layout::mib), 2 * layout::gib);
}

} // namespace drywalk::scenario
