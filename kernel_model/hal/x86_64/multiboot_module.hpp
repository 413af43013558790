// SPDX-License-Identifier: MIT
// The one module that a multiboot loader passes, whatever is in it. Everything here panics if the loader did not keep
// its part, and needs entry.S's page tables.
#pragma once

#include "kernel_model/program/layout.hpp"
#include "models/x86/address.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace drywalk::kernel::x86_64 {

/// What entry.S maps at layout::direct_map.
inline constexpr std::uint64_t boot_map_bytes = 4 * layout::gib;

/// Where a physical address below boot_map_bytes is found.
[[nodiscard]] inline std::byte* direct(x86::PhysicalAddress address)
{
    return reinterpret_cast<std::byte*>(layout::direct_map.value() + address.value());
}

template <typename T>
[[nodiscard]] T read_direct(x86::PhysicalAddress address)
{
    T value;
    std::memcpy(&value, direct(address), sizeof(T));
    return value;
}

struct LoadedModule {
    x86::PhysicalAddress start;
    std::uint64_t bytes = 0;
};

[[nodiscard]] LoadedModule find_module(std::uint32_t loader_magic, x86::PhysicalAddress multiboot_information);

/// Panics unless there is memory without a gap from the image up to `end`.
void require_memory(x86::PhysicalAddress multiboot_information, std::uint64_t end);

} // namespace drywalk::kernel::x86_64
