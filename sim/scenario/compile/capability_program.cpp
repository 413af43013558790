// SPDX-License-Identifier: MIT
// What the workloads of the capability kernel do, operation by operation.
#include "kernel_model/program/layout.hpp"
#include "sim/scenario/body.hpp"
#include "sim/scenario/compile/program.hpp"
#include "sim/scenario/memory_items.hpp"

#include <map>

namespace drywalk::scenario {

namespace {

using kernel::OperationKind;
using kernel::UserItem;

/// Instance `i` lies in slot `i` of the host.
void call(Program& program, std::uint32_t slot)
{
    program.operate(OperationKind::call_slot, kernel::slot_operand(slot, 0));
}

[[nodiscard]] Program program_of_operations(const Scenario& scenario)
{
    Program program;
    for (const Operation& operation : scenario.workload.operations) {
        const bool runs = operation.kind == OperationKind::run;
        program.operate(operation.kind, runs ? program.add_bodies(operation.items).first : operation.operand);
    }
    return program;
}

/// What a frame of the recursion does in ring 3: first, and after each operation of the kernel.
struct RecursionBodies {
    Bodies first;
    Bodies again;
};

[[nodiscard]] RecursionBodies add_recursion_bodies(Program& program, const Scenario& scenario)
{
    const RecursionWorkload& recursion = *scenario.workload.recursion;
    const std::uint32_t image = scenario.instances[recursion.instance].image;
    std::vector<UserItem> items = template_items(scenario, image, recursion.touches);
    const Bodies again = program.add_bodies(items);
    if (!recursion.sums_memory) return {again, again};
    const Mapping& summed = *find_mapping(scenario.images[image], kernel::MappingKind::pinned);
    for (const UserItem& item : sum_items(summed))
        items.push_back(item);
    return {program.add_bodies(items), again};
}

/// From the CALL of the outermost frame to its REPLY.
void recurse(Program& program, const Scenario& scenario, const RecursionBodies& bodies)
{
    const RecursionWorkload& recursion = *scenario.workload.recursion;
    const std::uint32_t image = scenario.instances[recursion.instance].image;
    call(program, recursion.instance);
    for (std::uint32_t level = 0; level < recursion.depth; ++level) {
        program.run(bodies.first);
        program.operate(OperationKind::derive, kernel::slot_operand(recursion.slot, image));
        program.run(bodies.again);
        call(program, recursion.slot);
    }
    program.run(bodies.first);
    program.operate(OperationKind::reply);
    for (std::uint32_t level = 0; level < recursion.depth; ++level) {
        program.run(bodies.again);
        program.operate(OperationKind::reply);
    }
}

[[nodiscard]] Program program_of_recursion(const Scenario& scenario)
{
    Program program;
    const RecursionBodies bodies = add_recursion_bodies(program, scenario);
    for (std::uint32_t turn = 0; turn < scenario.workload.recursion->repeat; ++turn)
        recurse(program, scenario, bodies);
    return program;
}

[[nodiscard]] Program program_of_calls(const Scenario& scenario)
{
    const CallWorkload& calls = *scenario.workload.calls;
    Program program;
    const Bodies echo =
        program.add_bodies(template_items(scenario, scenario.instances[calls.instance].image, calls.touches));
    for (std::uint32_t turn = 0; turn < calls.calls; ++turn) {
        call(program, calls.instance);
        program.run(echo);
        program.operate(OperationKind::reply);
    }
    return program;
}

[[nodiscard]] Program program_of_service(const Scenario& scenario)
{
    const ServiceWorkload& service = *scenario.workload.service;
    const Image& image = scenario.images[scenario.instances[service.instance].image];
    const Mapping& region = *find_mapping(image, kernel::MappingKind::persistent);
    Program program;
    for (std::uint32_t request = 0; request < service.requests; ++request) {
        call(program, service.instance);
        program.run(program.add_bodies(request_items(region, service, request)));
        program.operate(OperationKind::halt);
    }
    return program;
}

[[nodiscard]] Program program_of_ping_pong(const Scenario& scenario)
{
    const PairWorkload& pairs = *scenario.workload.pairs;
    Program program;
    std::map<std::uint32_t, Bodies> bodies;
    for (const std::uint32_t instance : pairs.order)
        bodies[instance] = program.add_bodies(body_items(scenario, instance));
    Spread spread{pairs.switch_percent};
    std::size_t turn = 0;
    for (std::uint32_t pair = 0; pair < pairs.pairs; ++pair) {
        if (pair != 0 && spread.next()) turn = (turn + 1) % pairs.order.size();
        call(program, pairs.order[turn]);
        program.run(bodies[pairs.order[turn]]);
        program.operate(OperationKind::halt);
    }
    return program;
}

} // namespace

Program capability_program(const Scenario& scenario)
{
    const Workload& workload = scenario.workload;
    if (workload.recursion) return program_of_recursion(scenario);
    if (workload.calls) return program_of_calls(scenario);
    if (workload.service) return program_of_service(scenario);
    if (workload.pairs) return program_of_ping_pong(scenario);
    return program_of_operations(scenario);
}

} // namespace drywalk::scenario
