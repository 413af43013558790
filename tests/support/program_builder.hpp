// SPDX-License-Identifier: MIT
// Workload programs by hand, for tests that need no scenario file.
#pragma once

#include "kernel_model/program/layout.hpp"
#include "kernel_model/program/workload.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace drywalk::test {

/// Collects records and lays them out as kernel_model/program/workload.hpp says.
class ProgramBuilder {
public:
    kernel::ProgramHeader header;

    ProgramBuilder()
    {
        header.memory_end = 32 * kernel::layout::mib;
        header.template_base = kernel::layout::default_template.value();
        header.stack_base = kernel::layout::default_stack.value();
        header.working_set_base = kernel::layout::default_working_set.value();
        header.pcid_count = 6;
    }

    std::uint32_t image(kernel::ImageRecord record) { return add(images_, record); }
    /// For the capability kernel.
    std::uint32_t image(kernel::ImageRecord record, const std::vector<kernel::MappingRecord>& mappings)
    {
        record.first_mapping = size(mappings_);
        record.mapping_count = size(mappings);
        mappings_.insert(mappings_.end(), mappings.begin(), mappings.end());
        return image(record);
    }
    std::uint32_t cap(kernel::CapRecord record) { return add(caps_, record); }
    void slot(kernel::SlotRecord record) { slots_.push_back(record); }

    std::uint32_t instance(kernel::InstanceRecord record) { return add(instances_, record); }

    std::uint32_t body(const std::vector<kernel::UserItem>& items)
    {
        const kernel::BodyRecord record{static_cast<std::uint32_t>(items_.size()),
                                        static_cast<std::uint32_t>(items.size())};
        items_.insert(items_.end(), items.begin(), items.end());
        return add(bodies_, record);
    }

    void operation(kernel::OperationKind kind, std::uint32_t operand = 0) { operations_.push_back({kind, operand}); }
    /// CALL, derive, put, copy or clear: `above` is the operand's part above the slot.
    void on_slot(kernel::OperationKind kind, std::uint32_t slot, std::uint32_t above = 0)
    {
        operation(kind, kernel::slot_operand(slot, above));
    }

    /// CALL `instance`, RUN `body`, HALT.
    void pair(std::uint32_t instance, std::uint32_t body)
    {
        operation(kernel::OperationKind::call, instance);
        operation(kernel::OperationKind::run, body);
        operation(kernel::OperationKind::halt);
    }

    [[nodiscard]] std::vector<std::byte> bytes()
    {
        header.image_count = size(images_);
        header.instance_count = size(instances_);
        header.body_count = size(bodies_);
        header.item_count = size(items_);
        header.operation_count = size(operations_);
        header.cap_count = size(caps_);
        header.mapping_count = size(mappings_);
        header.slot_count = size(slots_);
        header.program_bytes = program_offsets(header).end;
        std::vector<std::byte> result;
        append(result, &header, 1);
        append(result, images_.data(), images_.size());
        append(result, instances_.data(), instances_.size());
        append(result, bodies_.data(), bodies_.size());
        append(result, items_.data(), items_.size());
        append(result, operations_.data(), operations_.size());
        append(result, caps_.data(), caps_.size());
        append(result, mappings_.data(), mappings_.size());
        append(result, slots_.data(), slots_.size());
        return result;
    }

    /// The linear address of 4 KiB page `page` of the template, plus `offset`.
    [[nodiscard]] std::uint64_t template_page(std::uint64_t page, std::uint64_t offset = 0) const
    {
        return header.template_base + page * x86::small_page_bytes + offset;
    }
    [[nodiscard]] kernel::UserItem load(std::uint64_t page) const
    {
        return {template_page(page, kernel::template_data_offset), 0, kernel::UserAction::load, 0};
    }
    [[nodiscard]] kernel::UserItem call(std::uint64_t page) const
    {
        return {template_page(page), 0, kernel::UserAction::call, 0};
    }
    [[nodiscard]] kernel::UserItem store(std::uint64_t page, std::uint32_t value) const
    {
        return {template_page(page, 16), value, kernel::UserAction::store, 0};
    }

private:
    template <typename Record>
    static std::uint32_t size(const std::vector<Record>& records)
    {
        return static_cast<std::uint32_t>(records.size());
    }
    template <typename Record>
    static std::uint32_t add(std::vector<Record>& records, Record record)
    {
        records.push_back(record);
        return size(records) - 1;
    }
    template <typename Record>
    static void append(std::vector<std::byte>& bytes, const Record* records, std::size_t count)
    {
        const auto* const first = reinterpret_cast<const std::byte*>(records);
        bytes.insert(bytes.end(), first, first + count * sizeof(Record));
    }

    std::vector<kernel::ImageRecord> images_;
    std::vector<kernel::InstanceRecord> instances_;
    std::vector<kernel::BodyRecord> bodies_;
    std::vector<kernel::UserItem> items_;
    std::vector<kernel::OperationRecord> operations_;
    std::vector<kernel::CapRecord> caps_;
    std::vector<kernel::MappingRecord> mappings_;
    std::vector<kernel::SlotRecord> slots_;
};

} // namespace drywalk::test
