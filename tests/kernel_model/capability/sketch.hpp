// SPDX-License-Identifier: MIT
// A program for the capability kernel while it can still be edited, and as text.
#pragma once

#include "kernel_model/program/workload.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace drywalk::reference {

struct Sketch {
    struct Image {
        kernel::ImageRecord record;
        std::vector<kernel::MappingRecord> mappings;
    };
    using Body = std::vector<kernel::UserItem>;

    std::uint64_t seed = 0; ///< that it was made from
    kernel::Policies policies;
    kernel::Discipline discipline = kernel::Discipline::not_global;
    std::uint64_t memory_end = 0;
    std::vector<kernel::CapRecord> caps;
    std::vector<Image> images;
    std::vector<kernel::InstanceRecord> instances;
    std::vector<kernel::SlotRecord> slots;
    std::vector<Body> bodies;
    std::vector<kernel::OperationRecord> operations;

    [[nodiscard]] std::vector<std::byte> bytes() const;
};

/// Seed, policies, and everything that the program is made of, one record or item a line.
[[nodiscard]] std::string describe(const Sketch& sketch);

} // namespace drywalk::reference
