// SPDX-License-Identifier: MIT
// Images as the capability kernel keeps them: arena, memory mappings, pinned slots.
#pragma once

#include "kernel_model/core/capability/cnode.hpp"
#include "kernel_model/core/images.hpp"
#include "kernel_model/program/policies.hpp"

#include <array>

namespace drywalk::kernel {

/// One memory mapping: see MappingRecord.
struct MemoryMap {
    x86::LinearAddress start;
    std::uint32_t pages = 0;
    MappingKind kind = MappingKind::pinned;
    std::uint16_t slot = 0;

    [[nodiscard]] bool contains(x86::LinearAddress linear) const
    {
        return linear.value() - start.value() < std::uint64_t{pages} * x86::small_page_bytes;
    }
    [[nodiscard]] std::uint64_t page_of(x86::LinearAddress linear) const
    {
        return (linear.value() - start.value()) / x86::small_page_bytes;
    }
    [[nodiscard]] x86::LinearAddress page(std::uint64_t index) const { return start + index * x86::small_page_bytes; }
};

struct Image {
    Template arena;
    /// With Arena::template_pointers: the PDPT that every runtime borrows, and the stack and context below it.
    x86::PhysicalAddress pointers;
    x86::PhysicalAddress stack;
    x86::PhysicalAddress context;
    std::array<MemoryMap, max_mappings> maps;
    std::uint32_t map_count = 0;
    std::uint32_t endpoint_count = 0;
    Cnode pinned;

    /// The index of the mapping around `linear`; map_count if there is none.
    [[nodiscard]] unsigned map_at(x86::LinearAddress linear) const
    {
        unsigned index = 0;
        while (index < map_count && !maps[index].contains(linear))
            ++index;
        return index;
    }
};

} // namespace drywalk::kernel
