// SPDX-License-Identifier: MIT
// One memory reference of a recorded program.
#pragma once

#include "models/x86/address.hpp"

#include <cstdint>
#include <optional>

namespace drywalk::replay {

enum class ReferenceKind : std::uint8_t {
    fetch,
    load,
    store,
    modify, ///< a load and then a store of the same bytes, by one instruction
};

/// What the largest instruction of a trace may touch at once: one page, so that it lies in at most two.
inline constexpr std::uint32_t most_reference_bytes = 4096;

struct Reference {
    x86::LinearAddress linear;
    std::uint32_t bytes = 1; ///< 1 to most_reference_bytes; the last byte is canonical, too
    ReferenceKind kind = ReferenceKind::load;
    constexpr bool operator==(const Reference&) const = default;
};

/// The linear address of a reference to `bytes` bytes at `address`; nothing if any of them has no canonical address.
[[nodiscard]] constexpr std::optional<x86::LinearAddress> reference_address(std::uint64_t address, std::uint32_t bytes)
{
    const std::uint64_t last = address + (bytes - 1);
    constexpr unsigned sign_bit = x86::linear_bits - 1;
    if ((address ^ last) >> sign_bit != 0) return std::nullopt;
    return x86::LinearAddress::try_canonical(address);
}

} // namespace drywalk::replay
