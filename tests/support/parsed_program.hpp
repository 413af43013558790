// SPDX-License-Identifier: MIT
// A workload program's block of bytes as arrays.
#pragma once

#include "kernel_model/program/workload.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace drywalk::test {

struct ParsedProgram {
    kernel::ProgramHeader header;
    std::vector<kernel::ImageRecord> images;
    std::vector<kernel::InstanceRecord> instances;
    std::vector<kernel::BodyRecord> bodies;
    std::vector<kernel::UserItem> items;
    std::vector<kernel::OperationRecord> operations;
    std::vector<kernel::CapRecord> caps;
    std::vector<kernel::MappingRecord> mappings;
    std::vector<kernel::SlotRecord> slots;

    explicit ParsedProgram(std::span<const std::byte> bytes)
    {
        std::memcpy(&header, bytes.data(), sizeof(header));
        const kernel::ProgramOffsets at = program_offsets(header);
        read(bytes, at.images, header.image_count, images);
        read(bytes, at.instances, header.instance_count, instances);
        read(bytes, at.bodies, header.body_count, bodies);
        read(bytes, at.items, header.item_count, items);
        read(bytes, at.operations, header.operation_count, operations);
        read(bytes, at.caps, header.cap_count, caps);
        read(bytes, at.mappings, header.mapping_count, mappings);
        read(bytes, at.slots, header.slot_count, slots);
    }

    [[nodiscard]] std::span<const kernel::MappingRecord> mappings_of(const kernel::ImageRecord& image) const
    {
        return std::span{mappings}.subspan(image.first_mapping, image.mapping_count);
    }
    [[nodiscard]] std::span<const kernel::UserItem> items_of(const kernel::BodyRecord& body) const
    {
        return std::span{items}.subspan(body.first_item, body.item_count);
    }

private:
    template <typename Record>
    static void read(std::span<const std::byte> bytes, std::uint64_t at, std::uint32_t count,
                     std::vector<Record>& records)
    {
        records.resize(count);
        if (count != 0) std::memcpy(records.data(), bytes.data() + at, count * sizeof(Record));
    }
};

} // namespace drywalk::test
