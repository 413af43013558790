// SPDX-License-Identifier: MIT
// From a scenario to the kernel's program block.
#include "sim/scenario/body.hpp"
#include "sim/scenario/load.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

namespace drywalk::scenario {

namespace {

using kernel::BodyRecord;
using kernel::OperationKind;
using kernel::OperationRecord;
using kernel::UserItem;

static_assert(std::endian::native == std::endian::little, "programs are little-endian and written as they lie here");

/// The arrays of a program while it grows.
struct Program {
    std::vector<BodyRecord> bodies;
    std::vector<UserItem> items;
    std::vector<OperationRecord> operations;
};

/// Bodies that follow each other.
struct Bodies {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

/// As many bodies as `items` need at body_capacity each.
[[nodiscard]] Bodies add_bodies(Program& program, const std::vector<UserItem>& items)
{
    Bodies bodies{static_cast<std::uint32_t>(program.bodies.size()), 0};
    for (std::size_t from = 0; from < items.size(); from += kernel::body_capacity) {
        const std::size_t count = std::min<std::size_t>(kernel::body_capacity, items.size() - from);
        program.bodies.push_back(
            {static_cast<std::uint32_t>(program.items.size() + from), static_cast<std::uint32_t>(count)});
        ++bodies.count;
    }
    program.items.insert(program.items.end(), items.begin(), items.end());
    return bodies;
}

void add_pair(Program& program, std::uint32_t instance, Bodies bodies)
{
    program.operations.push_back({OperationKind::call, instance});
    for (std::uint32_t body = 0; body < bodies.count; ++body)
        program.operations.push_back({OperationKind::run, bodies.first + body});
    program.operations.push_back({OperationKind::halt, 0});
}

/// Which pairs go to the next Instance: `percent` of them, as evenly spread as whole pairs allow (Bresenham).
class Spread {
public:
    explicit Spread(std::uint32_t percent) : percent_{percent} {}

    [[nodiscard]] bool next()
    {
        error_ += percent_;
        if (error_ < 100) return false;
        error_ -= 100;
        return true;
    }

private:
    std::uint32_t percent_;
    std::uint32_t error_ = 0;
};

[[nodiscard]] Program program_of_pairs(const Scenario& scenario)
{
    const PairWorkload& pairs = *scenario.workload.pairs;
    Program program;
    std::map<std::uint32_t, Bodies> bodies;
    for (const std::uint32_t instance : pairs.order) {
        if (bodies.contains(instance)) continue;
        bodies[instance] = add_bodies(program, body_items(scenario, instance));
    }
    Spread spread{pairs.switch_percent};
    std::size_t turn = 0;
    for (std::uint32_t pair = 0; pair < pairs.pairs; ++pair) {
        if (pair != 0 && spread.next()) turn = (turn + 1) % pairs.order.size();
        add_pair(program, pairs.order[turn], bodies[pairs.order[turn]]);
    }
    return program;
}

[[nodiscard]] Program program_of_steps(const Scenario& scenario)
{
    Program program;
    for (const Step& step : scenario.workload.steps) {
        std::uint32_t operand = 0;
        if (step.kind == OperationKind::call) operand = step.instance;
        if (step.kind == OperationKind::run) operand = add_bodies(program, step.items).first;
        program.operations.push_back({step.kind, operand});
    }
    return program;
}

[[nodiscard]] kernel::ProgramHeader header_of(const Scenario& scenario, const Program& program,
                                              kernel::Discipline discipline)
{
    kernel::ProgramHeader header;
    header.memory_end = scenario.memory_bytes;
    header.template_base = scenario.layout.template_base.value();
    header.stack_base = scenario.layout.stack_base.value();
    header.working_set_base = scenario.layout.working_set_base.value();
    header.discipline = discipline;
    header.partial_pages = scenario.partial_pages;
    header.image_count = static_cast<std::uint32_t>(scenario.images.size());
    header.instance_count = static_cast<std::uint32_t>(scenario.instances.size());
    header.body_count = static_cast<std::uint32_t>(program.bodies.size());
    header.item_count = static_cast<std::uint32_t>(program.items.size());
    header.operation_count = static_cast<std::uint32_t>(program.operations.size());
    header.program_bytes = program_offsets(header).end;
    return header;
}

[[nodiscard]] std::vector<kernel::ImageRecord> image_records(const Scenario& scenario)
{
    std::vector<kernel::ImageRecord> records;
    for (const Image& image : scenario.images) {
        records.push_back({image.code_pages, image.data_pages, static_cast<std::uint32_t>(image.page_size),
                           image.data_writable ? 1U : 0U});
    }
    return records;
}

[[nodiscard]] std::vector<kernel::InstanceRecord> instance_records(const Scenario& scenario)
{
    std::vector<kernel::InstanceRecord> records;
    for (const Instance& instance : scenario.instances)
        records.push_back({instance.image, instance.working_set_pages});
    return records;
}

template <typename Record>
void put(std::vector<std::byte>& block, std::uint64_t offset, const std::vector<Record>& records)
{
    if (!records.empty()) std::memcpy(block.data() + offset, records.data(), records.size() * sizeof(Record));
}

} // namespace

std::vector<std::byte> compile_program(const Scenario& scenario, kernel::Discipline discipline)
{
    const Program program = scenario.workload.pairs ? program_of_pairs(scenario) : program_of_steps(scenario);
    const kernel::ProgramHeader header = header_of(scenario, program, discipline);
    const kernel::ProgramOffsets at = program_offsets(header);
    std::vector<std::byte> block(at.end);
    put(block, 0, std::vector{header});
    put(block, at.images, image_records(scenario));
    put(block, at.instances, instance_records(scenario));
    put(block, at.bodies, program.bodies);
    put(block, at.items, program.items);
    put(block, at.operations, program.operations);
    return block;
}

} // namespace drywalk::scenario
