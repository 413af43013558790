// SPDX-License-Identifier: MIT
// Which of sixteen bytes equal a given one, by one comparison.
#pragma once

#include <cstdint>
#include <cstring>

namespace drywalk::memory {

inline constexpr unsigned matched_bytes = 16;

/// One bit for each of the `matched_bytes` bytes from `bytes` on, the first one's lowest: set if it is `wanted`.
/// (PCMPEQB and PMOVMSKB, which every x86-64 has; builtins of GCC and Clang.)
[[nodiscard]] inline std::uint32_t matching_bytes(const std::uint8_t* bytes, std::uint8_t wanted)
{
    using Vector [[gnu::vector_size(matched_bytes)]] = char;
    Vector all;
    std::memcpy(&all, bytes, sizeof all);
    const Vector same = all == (Vector{} + static_cast<char>(wanted));
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(same));
}

} // namespace drywalk::memory
