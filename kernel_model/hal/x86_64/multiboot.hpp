// SPDX-License-Identifier: MIT
// What a multiboot loader hands over: [multiboot] 3.2 to 3.4, version 0.6.96.
#pragma once

#include <cstddef>
#include <cstdint>

namespace drywalk::kernel::multiboot {

inline constexpr std::uint32_t loader_magic = 0x2bad'b002;

struct Information {
    static constexpr std::uint32_t has_modules = 1U << 3;
    static constexpr std::uint32_t has_memory_map = 1U << 6;

    std::uint32_t flags;
    std::uint32_t memory_lower, memory_upper;
    std::uint32_t boot_device;
    std::uint32_t command_line;
    std::uint32_t module_count, modules;
    std::uint32_t symbols[4];
    std::uint32_t memory_map_bytes, memory_map;
};
static_assert(offsetof(Information, module_count) == 20 && offsetof(Information, memory_map_bytes) == 44);

struct Module {
    std::uint32_t start, end; ///< physical; `end` is the first byte after it
    std::uint32_t text;
    std::uint32_t reserved;
};

struct [[gnu::packed]] MemoryRegion {
    static constexpr std::uint32_t available = 1;

    std::uint32_t size; ///< of what follows
    std::uint64_t base;
    std::uint64_t bytes;
    std::uint32_t type;
};
static_assert(sizeof(MemoryRegion) == 24);

} // namespace drywalk::kernel::multiboot
