// SPDX-License-Identifier: MIT
// The compact trace format of drywalk replay, version 1. docs/replay.md describes it for those who write it elsewhere.
//
//   file      = magic version record* end
//   record    = head [size] delta
//   head      = 1 byte: ReferenceKind in bits 1:0, the size in bytes in bits 7:2; 0 there: `size` follows
//   size      = number, 64 to 4096
//   delta     = number: the address, less the one expected, modulo 2^64, in zigzag (0, -1, 1, -2, ... are 0, 1, 2, ...)
//   end       = 0x00 0x00 count flags; count = number of records; flags: bit 0: the recording was cut short
//   number    = LEB128, unsigned: 7 bits a byte, the lowest first, bit 7 set in all but the last
//
// The address expected of a fetch is the end of the fetch before it, that of the others is where the last reference
// that was no fetch began; 0 at first.
#pragma once

#include "sim/replay/reference.hpp"

#include <cstdint>
#include <string_view>

namespace drywalk::replay::native {

/// As in PNG: a first byte that is no text, line ends that a transfer as text would change, and Control-Z.
inline constexpr std::string_view magic = "\x89"
                                          "DWT\r\n\x1a\n";
inline constexpr unsigned char version = 1;
inline constexpr std::size_t header_bytes = magic.size() + 1;
inline constexpr unsigned kind_bits = 2;
inline constexpr std::uint32_t most_short_size = 63;
inline constexpr unsigned most_number_bytes = 10;
/// head, size, and delta; or the end record.
inline constexpr std::size_t most_record_bytes = 1 + 2 * most_number_bytes + 1;
inline constexpr unsigned char flag_cut_short = 1;

[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t difference)
{
    return difference << 1 ^ (std::uint64_t{0} - (difference >> 63));
}
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t number)
{
    return number >> 1 ^ (std::uint64_t{0} - (number & 1));
}

/// What the next reference is expected to be at.
class Expectation {
public:
    [[nodiscard]] std::uint64_t of(ReferenceKind kind) const { return at_[kind != ReferenceKind::fetch]; }
    void learn(ReferenceKind kind, std::uint64_t address, std::uint32_t bytes)
    {
        const bool is_data = kind != ReferenceKind::fetch;
        at_[is_data] = is_data ? address : address + bytes;
    }

private:
    std::uint64_t at_[2] = {0, 0};
};

} // namespace drywalk::replay::native
