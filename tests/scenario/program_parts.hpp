// SPDX-License-Identifier: MIT
// A program block taken apart as the kernel reads it.
#pragma once

#include "kernel_model/core/workload.hpp"

#include <cstddef>
#include <cstring>
#include <vector>

namespace drywalk::scenario::test {

struct Parts {
    kernel::ProgramHeader header;
    std::vector<kernel::ImageRecord> images;
    std::vector<kernel::InstanceRecord> instances;
    std::vector<kernel::BodyRecord> bodies;
    std::vector<kernel::UserItem> items;
    std::vector<kernel::OperationRecord> operations;
    std::vector<kernel::CapRecord> caps;
    std::vector<kernel::MappingRecord> mappings;
    std::vector<kernel::SlotRecord> slots;
};

template <typename Record>
[[nodiscard]] std::vector<Record> records_at(const std::vector<std::byte>& block, std::uint64_t offset,
                                             std::size_t count)
{
    std::vector<Record> records(count);
    if (count != 0) std::memcpy(records.data(), block.data() + offset, count * sizeof(Record));
    return records;
}

[[nodiscard]] inline Parts parts_of(const std::vector<std::byte>& block)
{
    Parts parts;
    std::memcpy(&parts.header, block.data(), sizeof parts.header);
    const kernel::ProgramOffsets at = program_offsets(parts.header);
    parts.images = records_at<kernel::ImageRecord>(block, at.images, parts.header.image_count);
    parts.instances = records_at<kernel::InstanceRecord>(block, at.instances, parts.header.instance_count);
    parts.bodies = records_at<kernel::BodyRecord>(block, at.bodies, parts.header.body_count);
    parts.items = records_at<kernel::UserItem>(block, at.items, parts.header.item_count);
    parts.operations = records_at<kernel::OperationRecord>(block, at.operations, parts.header.operation_count);
    parts.caps = records_at<kernel::CapRecord>(block, at.caps, parts.header.cap_count);
    parts.mappings = records_at<kernel::MappingRecord>(block, at.mappings, parts.header.mapping_count);
    parts.slots = records_at<kernel::SlotRecord>(block, at.slots, parts.header.slot_count);
    return parts;
}

} // namespace drywalk::scenario::test
