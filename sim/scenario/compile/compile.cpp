// SPDX-License-Identifier: MIT
// From a scenario to the kernel's program block.
#include "sim/scenario/body.hpp"
#include "sim/scenario/compile/program.hpp"
#include "sim/scenario/load.hpp"

#include <bit>
#include <cstring>
#include <map>

namespace drywalk::scenario {

namespace {

using kernel::OperationKind;
using kernel::SlotOwner;

static_assert(std::endian::native == std::endian::little, "programs are little-endian and written as they lie here");

void add_pair(Program& program, std::uint32_t instance, Bodies bodies)
{
    program.operate(OperationKind::call, instance);
    program.run(bodies);
    program.operate(OperationKind::halt);
}

[[nodiscard]] Program program_of_pairs(const Scenario& scenario)
{
    const PairWorkload& pairs = *scenario.workload.pairs;
    Program program;
    std::map<std::uint32_t, Bodies> bodies;
    for (const std::uint32_t instance : pairs.order) {
        if (bodies.contains(instance)) continue;
        bodies[instance] = program.add_bodies(body_items(scenario, instance));
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
        if (step.kind == OperationKind::exchange) operand = kernel::exchange_operand(step.exchange);
        if (step.kind == OperationKind::run) operand = program.add_bodies(step.items).first;
        program.operate(step.kind, operand);
    }
    return program;
}

[[nodiscard]] Program program_of(const Scenario& scenario)
{
    if (has_capabilities(scenario)) return capability_program(scenario);
    return scenario.workload.pairs ? program_of_pairs(scenario) : program_of_steps(scenario);
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
    header.pcid_count = scenario.pcids;
    header.lines = scenario.placement.lines;
    header.frames = scenario.placement.frames;
    header.image_count = static_cast<std::uint32_t>(scenario.images.size());
    header.instance_count = static_cast<std::uint32_t>(scenario.instances.size());
    header.body_count = static_cast<std::uint32_t>(program.bodies.size());
    header.item_count = static_cast<std::uint32_t>(program.items.size());
    header.operation_count = static_cast<std::uint32_t>(program.operations.size());
    return header;
}

/// The arrays that the capability kernel has besides.
struct CapabilityRecords {
    std::vector<kernel::CapRecord> caps;
    std::vector<kernel::MappingRecord> mappings;
    std::vector<kernel::SlotRecord> slots;
};

void add_slots(std::vector<kernel::SlotRecord>& records, SlotOwner owner, std::size_t index,
               const std::vector<Slot>& slots)
{
    for (const Slot& slot : slots)
        records.push_back({owner, static_cast<std::uint32_t>(index), slot.slot, slot.content, slot.index, 0});
}

[[nodiscard]] CapabilityRecords capability_records(const Scenario& scenario)
{
    CapabilityRecords records;
    for (const DataCap& cap : scenario.caps)
        records.caps.push_back({cap.bytes, cap.seed});
    for (std::size_t index = 0; index < scenario.images.size(); ++index) {
        const Image& image = scenario.images[index];
        for (const Mapping& mapping : image.memory) {
            records.mappings.push_back(
                {mapping.start.value(), mapping.pages, mapping.kind, static_cast<std::uint16_t>(mapping.slot)});
        }
        add_slots(records.slots, SlotOwner::image, index, image.pinned_slots);
    }
    for (std::size_t index = 0; index < scenario.instances.size(); ++index)
        add_slots(records.slots, SlotOwner::instance, index, scenario.instances[index].slots);
    return records;
}

void describe_capabilities(kernel::ProgramHeader& header, const Scenario& scenario, const CapabilityRecords& records)
{
    header.kernel = scenario.kernel;
    header.policies = scenario.policies;
    header.cap_count = static_cast<std::uint32_t>(records.caps.size());
    header.mapping_count = static_cast<std::uint32_t>(records.mappings.size());
    header.slot_count = static_cast<std::uint32_t>(records.slots.size());
}

[[nodiscard]] std::vector<kernel::ImageRecord> image_records(const Scenario& scenario)
{
    std::vector<kernel::ImageRecord> records;
    std::uint32_t first_mapping = 0;
    for (const Image& image : scenario.images) {
        const auto mappings = static_cast<std::uint32_t>(image.memory.size());
        records.push_back({image.code_pages, image.data_pages, static_cast<std::uint32_t>(image.page_size),
                           image.data_writable ? 1U : 0U, first_mapping, mappings, image.endpoints, 0});
        first_mapping += mappings;
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
    const Program program = program_of(scenario);
    const CapabilityRecords capabilities = capability_records(scenario);
    kernel::ProgramHeader header = header_of(scenario, program, discipline);
    describe_capabilities(header, scenario, capabilities);
    header.program_bytes = program_offsets(header).end;
    const kernel::ProgramOffsets at = program_offsets(header);
    std::vector<std::byte> block(at.end);
    put(block, 0, std::vector{header});
    put(block, at.images, image_records(scenario));
    put(block, at.instances, instance_records(scenario));
    put(block, at.bodies, program.bodies);
    put(block, at.items, program.items);
    put(block, at.operations, program.operations);
    put(block, at.caps, capabilities.caps);
    put(block, at.mappings, capabilities.mappings);
    put(block, at.slots, capabilities.slots);
    return block;
}

} // namespace drywalk::scenario
