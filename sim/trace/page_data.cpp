// SPDX-License-Identifier: MIT
#include "sim/trace/page_data.hpp"

#include "sim/trace/scanner.hpp"

#include <array>
#include <cstdint>

namespace drywalk::trace {

namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t base64_length = (page_bytes + 2) / 3 * 4;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(page_bytes % 3 == 1); // the last group holds one byte, and two characters of padding

constexpr std::array<std::uint8_t, 256> sextets = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(255);
    for (std::size_t value = 0; value < alphabet.size(); ++value)
        values[static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint8_t>(value);
    return values;
}();

[[nodiscard]] std::uint32_t sextet(char character) { return sextets[static_cast<unsigned char>(character)]; }
[[nodiscard]] std::uint32_t byte_of(char character) { return static_cast<unsigned char>(character); }

} // namespace

bool decode_base64(std::string_view text, char* to)
{
    if (text.size() != base64_length || !text.ends_with("==")) return false;
    std::uint32_t bad = 0;
    for (std::size_t at = 0; at + 4 < base64_length; at += 4) {
        const std::uint32_t first = sextet(text[at]);
        const std::uint32_t second = sextet(text[at + 1]);
        const std::uint32_t third = sextet(text[at + 2]);
        const std::uint32_t fourth = sextet(text[at + 3]);
        bad |= first | second | third | fourth;
        const std::uint32_t group = first << 18 | second << 12 | third << 6 | fourth;
        *to++ = static_cast<char>(group >> 16);
        *to++ = static_cast<char>(group >> 8);
        *to++ = static_cast<char>(group);
    }
    const std::uint32_t first = sextet(text[base64_length - 4]);
    const std::uint32_t second = sextet(text[base64_length - 3]);
    bad |= first | second | ((second & 15) << 6); // the bits beyond the last byte are 0
    *to = static_cast<char>(first << 2 | second >> 4);
    return bad < 64;
}

bool decode_hexadecimal(std::string_view text, char* to)
{
    if (text.size() != 2 * page_bytes) return false;
    unsigned bad = 0;
    for (std::size_t at = 0; at < 2 * page_bytes; at += 2) {
        const unsigned high = hex_digit[static_cast<unsigned char>(text[at])];
        const unsigned low = hex_digit[static_cast<unsigned char>(text[at + 1])];
        bad |= high | low;
        *to++ = static_cast<char>(high << 4 | low);
    }
    return bad < 16;
}

void append_base64(std::string& to, std::string_view bytes)
{
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = byte_of(group[0]) << 16;
        if (group.size() > 1) bits |= byte_of(group[1]) << 8;
        if (group.size() > 2) bits |= byte_of(group[2]);
        to += alphabet[bits >> 18];
        to += alphabet[bits >> 12 & 63];
        to += group.size() > 1 ? alphabet[bits >> 6 & 63] : '=';
        to += group.size() > 2 ? alphabet[bits & 63] : '=';
    }
}

} // namespace drywalk::trace
