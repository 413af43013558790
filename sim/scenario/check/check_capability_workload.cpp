// SPDX-License-Identifier: MIT
#include "sim/input/mistakes.hpp"
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
using kernel::UserAction;
using kernel::UserItem;

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

/// What ring 3 does when it carries `items` out.
[[nodiscard]] std::uint64_t accesses_of(const std::vector<UserItem>& items)
{
    std::uint64_t accesses = 0;
    for (const UserItem& item : items) {
        const bool several = item.action == UserAction::sum || item.action == UserAction::fill;
        accesses += several ? item.count : 1;
    }
    return accesses;
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
    const Mapping* const summed = find_mapping(image, MappingKind::pinned);
    if (recursion.sums_memory && summed == nullptr) {
        complaint.fail(
            at, fmt::format("Image {} has nothing to sum (legal: an Image with pinned memory)", in_quotes(image.name)));
    }
    const std::uint64_t depth = recursion.depth;
    const std::uint64_t again = accesses_of(template_items(scenario, who.image, recursion.touches));
    const std::uint64_t words = recursion.sums_memory ? summed->bytes() / 8 : 0;
    check_work(recursion.repeat * (6 * depth + 3), recursion.repeat * ((3 * depth + 1) * again + (depth + 1) * words),
               pointer_to(at, "repeat"), complaint);
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
    const std::string at = "/workload/pt_cache_call";
    check_inherited(scenario, who, at, complaint);
    check_body(scenario, who, calls.touches, at, complaint);
    const std::uint64_t accesses = accesses_of(template_items(scenario, who.image, calls.touches));
    const std::uint64_t bodies = accesses / kernel::body_capacity + 1;
    check_work(calls.calls * (2 + bodies), calls.calls * accesses, pointer_to(at, "calls"), complaint);
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
    const std::vector<UserItem> items = request_items(*region, service, 0);
    if (items.empty()) complaint.fail(at, "no page is touched (legal: dirty_percent or read_percent above 0)");
    check_work(service.requests * (items.size() + 3), service.requests * accesses_of(items), pointer_to(at, "requests"),
               complaint);
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
    std::uint64_t most_items = 0;
    for (const std::uint32_t instance : pairs.order)
        most_items = std::max(most_items, body_item_count(scenario, instance));
    check_work(pairs.pairs * (2 + most_items / kernel::body_capacity + 1), pairs.pairs * most_items,
               pointer_to(at, "pairs"), complaint);
}

void check_operations(const Scenario& scenario, const Complaint& complaint)
{
    const auto& operations = scenario.workload.operations;
    Mistakes mistakes;
    std::uint64_t accesses = 0;
    for (std::size_t index = 0; index < operations.size(); ++index) {
        const std::vector<UserItem>& items = operations[index].items;
        const std::string at = pointer_to(pointer_to("/workload/operations", index), "run");
        for (std::size_t item = 0; item < items.size(); ++item)
            mistakes.gather([&] { check_item(scenario, items[item], pointer_to(at, item), complaint); });
        accesses += accesses_of(items);
    }
    mistakes.gather([&] { check_work(0, accesses, "/workload/operations", complaint); });
    mistakes.throw_if_any();
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
