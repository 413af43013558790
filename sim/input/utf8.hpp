// SPDX-License-Identifier: MIT
// UTF-8, one character at a time. RFC 3629
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace drywalk {

/// The length of the well-formed character at the front of `text`, or 0: no overlong forms, no surrogates, nothing
/// beyond U+10FFFF.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text)
{
    const auto byte = [text](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : static_cast<unsigned char>(0);
    };
    const auto continues = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80; };
    const unsigned first = byte(0);
    const unsigned second = byte(1);
    if (text.empty()) return 0;
    if (first < 0x80) return 1;
    if (first < 0xc2 || !continues(1)) return 0;
    if (first < 0xe0) return 2;
    if (first < 0xf0) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second >= 0xa0;
        return !overlong && !surrogate && continues(2) ? 3 : 0;
    }
    const bool overlong = first == 0xf0 && second < 0x90;
    const bool beyond = first > 0xf4 || (first == 0xf4 && second >= 0x90);
    return !overlong && !beyond && continues(2) && continues(3) ? 4 : 0;
}

/// Writes `character`, at most U+10FFFF, and returns the place behind it.
[[nodiscard]] constexpr char* put_utf8(char* to, std::uint32_t character)
{
    const auto continuation = [character](unsigned shift) {
        return static_cast<char>(0x80U | ((character >> shift) & 0x3fU));
    };
    if (character < 0x80) {
        *to++ = static_cast<char>(character);
    } else if (character < 0x800) {
        *to++ = static_cast<char>(0xc0U | (character >> 6));
        *to++ = continuation(0);
    } else if (character < 0x1'0000) {
        *to++ = static_cast<char>(0xe0U | (character >> 12));
        *to++ = continuation(6);
        *to++ = continuation(0);
    } else {
        *to++ = static_cast<char>(0xf0U | (character >> 18));
        *to++ = continuation(12);
        *to++ = continuation(6);
        *to++ = continuation(0);
    }
    return to;
}

} // namespace drywalk
