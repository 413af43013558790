// SPDX-License-Identifier: MIT
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/body.hpp"
#include "sim/scenario/check/check.hpp"
#include "sim/scenario/memory_items.hpp"
#include "sim/scenario/pair_rate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::scenario {

namespace {

using kernel::MappingKind;

/// The host calls `who`, so what its Instance leaves empty it inherits from the host, whose slots hold Instances.
void check_inherited(const Scenario& scenario, const Instance& who, const std::string& at, const Complaint& complaint)
{
    for (const Mapping& mapping : scenario.images[who.image].memory) {
        if (mapping.kind != MappingKind::persistent || mapping.slot >= scenario.instances.size()) continue;
        if (std::ranges::find(who.slots, mapping.slot, &Slot::slot) != who.slots.end()) continue;
        complaint.fail(at, fmt::format("Instance {} maps slot {}, leaves it empty and so inherits an Instance from the"
                                       " host (legal: a DataCap there, or slots from {} on)",
                                       in_quotes(who.name), mapping.slot, scenario.instances.size()));
    }
}

void check_records(std::uint64_t records, const std::string& at, const Complaint& complaint)
{
    if (records <= most_records) return;
    complaint.fail(at, fmt::format("{} items and operations in all (legal: up to {})", records, most_records));
}

void check_body(const Scenario& scenario, const Instance& who, const Touches& touches, const std::string& at,
                const Complaint& complaint)
{
    const std::string here = pointer_to(at, "touches");
    check_touches(scenario, who, touches, here, complaint);
    if (!template_items(scenario, who.image, touches).empty()) return;
    complaint.fail(here,
                   fmt::format("Instance {} would touch nothing (legal: at least one page)", in_quotes(who.name)));
}

void check_recursion(const Scenario& scenario, const Complaint& complaint)
{
    const RecursionWorkload& recursion = *scenario.workload.recursion;
    const std::string at = recursion.sums_memory ? "/workload/sub_vm_data_recurse" : "/workload/sub_vm_recurse";
    const Instance& who = scenario.instances[recursion.instance];
    const Image& image = scenario.images[who.image];
    check_inherited(scenario, who, at, complaint);
    check_body(scenario, who, recursion.touches, at, complaint);
    check_records(std::uint64_t{recursion.repeat} * (6 * std::uint64_t{recursion.depth} + 3), pointer_to(at, "repeat"),
                  complaint);
    if (recursion.sums_memory && find_mapping(image, MappingKind::pinned) == nullptr) {
        complaint.fail(
            at, fmt::format("Image {} has nothing to sum (legal: an Image with pinned memory)", in_quotes(image.name)));
    }
    for (const Mapping& mapping : image.memory) {
        if (mapping.kind != MappingKind::persistent || mapping.slot != recursion.slot) continue;
        complaint.fail(pointer_to(at, "slot"),
                       fmt::format("slot {} is for children, and Image {} maps it as memory (legal: another slot)",
                                   recursion.slot, in_quotes(image.name)));
    }
}

void check_calls(const Scenario& scenario, const Complaint& complaint)
{
    const CallWorkload& calls = *scenario.workload.calls;
    const Instance& who = scenario.instances[calls.instance];
    check_inherited(scenario, who, "/workload/pt_cache_call", complaint);
    check_body(scenario, who, calls.touches, "/workload/pt_cache_call", complaint);
}

void check_service(const Scenario& scenario, const Complaint& complaint)
{
    const ServiceWorkload& service = *scenario.workload.service;
    const std::string at = "/workload/persistent_service";
    const Instance& who = scenario.instances[service.instance];
    const Mapping* const region = find_mapping(scenario.images[who.image], MappingKind::persistent);
    check_inherited(scenario, who, at, complaint);
    if (region == nullptr) {
        complaint.fail(at, fmt::format("Image {} has nothing to keep (legal: an Image with persistent memory)",
                                       in_quotes(scenario.images[who.image].name)));
    }
    const std::size_t items = request_items(*region, service, 0).size();
    if (items == 0) complaint.fail(at, "no page is touched (legal: dirty_percent or read_percent above 0)");
    check_records(service.requests * (items + 3), pointer_to(at, "requests"), complaint);
}

void check_ping_pong(const Scenario& scenario, const Complaint& complaint)
{
    const PairWorkload& pairs = *scenario.workload.pairs;
    const std::string at = "/workload/ping_pong";
    check_switch_rate(pairs, pointer_to(at, "switch_percent"), complaint);
    for (const std::uint32_t instance : pairs.order) {
        if (instance >= scenario.instances.size()) {
            complaint.fail(at, "needs two Instances (legal: one more in the scenario)");
        }
        check_inherited(scenario, scenario.instances[instance], at, complaint);
        check_body(scenario, scenario.instances[instance], pairs.touches, at, complaint);
    }
    if (scenario.instances[pairs.order[0]].image == scenario.instances[pairs.order[1]].image) {
        complaint.fail(at, "both Instances have the same Image (legal: two Images that take turns)");
    }
    const std::uint64_t bodies = body_item_count(scenario, pairs.order[0]) / kernel::body_capacity + 1;
    check_records(std::uint64_t{pairs.pairs} * (2 + bodies), pointer_to(at, "pairs"), complaint);
}

void check_operations(const Scenario& scenario, const Complaint& complaint)
{
    const auto& operations = scenario.workload.operations;
    for (std::size_t index = 0; index < operations.size(); ++index) {
        const std::string at = pointer_to(pointer_to("/workload/operations", index), "run");
        for (std::size_t item = 0; item < operations[index].items.size(); ++item)
            check_item(scenario, operations[index].items[item], pointer_to(at, item), complaint);
    }
}

} // namespace

void check_capability_workload(const Scenario& scenario, const Complaint& complaint)
{
    const Workload& workload = scenario.workload;
    if (workload.recursion) {
        check_recursion(scenario, complaint);
    } else if (workload.calls) {
        check_calls(scenario, complaint);
    } else if (workload.service) {
        check_service(scenario, complaint);
    } else if (workload.pairs) {
        check_ping_pong(scenario, complaint);
    } else {
        check_operations(scenario, complaint);
    }
}

} // namespace drywalk::scenario
