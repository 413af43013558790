// SPDX-License-Identifier: MIT
#include "kernel_model/program/layout.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/scenario/body.hpp"
#include "sim/scenario/read/capability_from_json.hpp"
#include "sim/scenario/read/from_json.hpp"

#include <fmt/format.h>

#include <numeric>

namespace drywalk::scenario {

namespace {

using kernel::OperationKind;
using kernel::UserAction;
using kernel::UserItem;
using nlohmann::json;
using x86::LinearAddress;

[[nodiscard]] Touches touches_from(const json& from)
{
    Touches touches;
    touches.template_loads = touch_count(from, "template_loads", all_pages);
    touches.template_calls = touch_count(from, "template_calls", all_pages);
    touches.template_stores = touch_count(from, "template_stores", 0);
    touches.beyond_template = touch_count(from, "beyond_template", 0);
    touches.working_set_loads = touch_count(from, "working_set_loads", all_pages);
    touches.working_set_stores = touch_count(from, "working_set_stores", 0);
    return touches;
}

[[nodiscard]] std::vector<std::uint32_t> order_from(const json& pairs, const Scenario& scenario,
                                                    const Complaint& complaint)
{
    std::vector<std::uint32_t> order;
    if (!pairs.contains("order")) {
        order.resize(scenario.instances.size());
        std::iota(order.begin(), order.end(), 0U);
        return order;
    }
    for (const json& name : pairs.at("order")) {
        const std::string at = pointer_to("/workload/pairs/order", order.size());
        order.push_back(instance_index(scenario, name.get<std::string>(), at, complaint));
    }
    return order;
}

[[nodiscard]] PairWorkload pairs_from(const json& from, const Scenario& scenario, const Complaint& complaint)
{
    return {from.at("count").get<std::uint32_t>(), order_from(from, scenario, complaint),
            from.value("switch_percent", 100U), touches_from(from.value("touches", json::object()))};
}

[[nodiscard]] const char* action_name(UserAction action)
{
    if (action == UserAction::call) return "call";
    return action == UserAction::load ? "load" : "store";
}

[[nodiscard]] UserAction action_of(const json& item)
{
    if (item.contains("call")) return UserAction::call;
    return item.contains("load") ? UserAction::load : UserAction::store;
}

[[nodiscard]] LinearAddress target_address(const json& target, UserAction action, const Scenario& scenario,
                                           const std::string& pointer, const Complaint& complaint)
{
    if (target.is_string()) return address_from(target.get<std::string>(), pointer, complaint);
    const bool in_template = target.contains("template_page");
    const LinearAddress base = in_template ? scenario.layout.template_base : scenario.layout.working_set_base;
    const auto page = target.at(in_template ? "template_page" : "working_set_page").get<std::uint64_t>();
    const LinearAddress start = base + page * x86::small_page_bytes;
    if (target.contains("offset")) return start + target.at("offset").get<std::uint64_t>();
    return usual_place(scenario.placement, start, action);
}

[[nodiscard]] UserItem item_from(const json& from, const Scenario& scenario, const std::string& pointer,
                                 const Complaint& complaint)
{
    UserItem item;
    item.action = action_of(from);
    const char* const name = action_name(item.action);
    const std::string at = pointer_to(pointer, name);
    item.address = target_address(from.at(name), item.action, scenario, at, complaint).value();
    item.value = from.value("value", 0U);
    return item;
}

[[nodiscard]] Step step_from(const json& from, const Scenario& scenario, const std::string& pointer,
                             const Complaint& complaint)
{
    Step step;
    if (from.contains("call")) {
        const std::string at = pointer_to(pointer, "call");
        step.instance = instance_index(scenario, from.at("call").get<std::string>(), at, complaint);
    } else if (from.contains("run")) {
        step.kind = OperationKind::run;
        const std::string at = pointer_to(pointer, "run");
        for (const json& item : from.at("run"))
            step.items.push_back(item_from(item, scenario, pointer_to(at, step.items.size()), complaint));
    } else if (from.contains("exchange")) {
        const json& exchange = from.at("exchange");
        const std::string at = pointer_to(pointer_to(pointer, "exchange"), "instance");
        const auto page = [&exchange](std::size_t index) {
            return exchange.at("working_set_pages").at(index).get<std::uint32_t>();
        };
        step.kind = OperationKind::exchange;
        step.exchange = {instance_index(scenario, exchange.at("instance").get<std::string>(), at, complaint), page(0),
                         page(1)};
    } else {
        step.kind = OperationKind::halt;
    }
    return step;
}

/// Each kernel has workloads of its own.
void check_kernel_of(const std::string& workload, const Scenario& scenario, const Complaint& complaint)
{
    const bool of_templates = workload == "pairs" || workload == "steps";
    if (of_templates != has_capabilities(scenario)) return;
    complaint.fail(pointer_to("/workload", workload),
                   of_templates
                       ? "is of the templates kernel (legal with a key \"kernel\" in the scenario: operations,"
                         " sub_vm_recurse, sub_vm_data_recurse, pt_cache_call, persistent_service, ping_pong)"
                       : "is of the capability kernel (legal without a key \"kernel\" in the scenario: pairs, steps)");
}

} // namespace

std::uint32_t touch_count(const json& touches, const char* name, std::uint32_t otherwise)
{
    if (!touches.contains(name)) return otherwise;
    const json& count = touches.at(name);
    return count.is_string() ? all_pages : count.get<std::uint32_t>();
}

Workload workload_from(const json& workload, const Scenario& scenario, const Complaint& complaint)
{
    check_kernel_of(workload.begin().key(), scenario, complaint);
    if (has_capabilities(scenario)) return capability_workload_from(workload, scenario, complaint);
    Workload result;
    if (workload.contains("pairs")) {
        result.pairs = pairs_from(workload.at("pairs"), scenario, complaint);
        return result;
    }
    for (const json& step : workload.at("steps")) {
        const std::string at = pointer_to("/workload/steps", result.steps.size());
        result.steps.push_back(step_from(step, scenario, at, complaint));
    }
    return result;
}

} // namespace drywalk::scenario
