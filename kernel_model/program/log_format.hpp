// SPDX-License-Identifier: MIT
// The serial log of a machine run, one copy for the kernel that writes it and the tool that reads it.
//
//   dw <number> <kind> <code> <a> <b> <check>         one observation, numbered from 0
//   dw-path <path> <passes> <ticks> <check>           a kernel path: hal::Path, time-stamp counter ticks in all
//   dw-end <observations> <crc> <check>               crc: CRC-32 of all observation lines, line ends included
//   dw-panic <text> <check>                           the kernel gave up
//
// Numbers are hexadecimal without prefix, except kind and path, which are decimal. <check> is the low byte of the
// CRC-32 of everything before the space in front of it, two digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace drywalk::kernel::log {

inline constexpr std::string_view observation_tag = "dw";
inline constexpr std::string_view path_tag = "dw-path";
inline constexpr std::string_view end_tag = "dw-end";
inline constexpr std::string_view panic_tag = "dw-panic";

/// CRC-32 as in Ethernet and zip: reflected, polynomial 0x04c11db7.
class Crc32 {
public:
    constexpr void add(std::string_view bytes)
    {
        for (const char byte : bytes)
            add(static_cast<std::uint8_t>(byte));
    }
    [[nodiscard]] constexpr std::uint32_t value() const { return ~state_; }

private:
    constexpr void add(std::uint8_t byte)
    {
        state_ ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            state_ = (state_ >> 1) ^ ((state_ & 1) != 0 ? reflected_polynomial : 0);
    }

    static constexpr std::uint32_t reflected_polynomial = 0xedb8'8320;
    std::uint32_t state_ = 0xffff'ffff;
};

[[nodiscard]] constexpr std::uint8_t line_check(std::string_view text)
{
    Crc32 crc;
    crc.add(text);
    return static_cast<std::uint8_t>(crc.value());
}

/// One line in the making. What does not fit is dropped, so that a panic can always be told.
class Line {
public:
    constexpr explicit Line(std::string_view tag) { append(tag); }

    constexpr Line& text(std::string_view words)
    {
        append(" ");
        append(words);
        return *this;
    }
    constexpr Line& hex(std::uint64_t value) { return number(value, 16); }
    constexpr Line& decimal(std::uint64_t value) { return number(value, 10); }

    /// The finished line: the check and the line end are added. Call it once.
    [[nodiscard]] constexpr std::string_view finish()
    {
        const std::uint8_t check = line_check({characters_, length_});
        append(" ");
        append({digits + (check >> 4), 1});
        append({digits + (check & 0xf), 1});
        characters_[length_++] = '\n';
        return {characters_, length_};
    }

private:
    static constexpr const char* digits = "0123456789abcdef";
    static constexpr std::size_t capacity = 192;

    constexpr void append(std::string_view words)
    {
        for (const char character : words) {
            if (length_ + 1 < capacity) characters_[length_++] = character;
        }
    }
    constexpr Line& number(std::uint64_t value, unsigned base)
    {
        char reversed[20] = {};
        std::size_t count = 0;
        do {
            reversed[count++] = digits[value % base];
            value /= base;
        } while (value != 0);
        append(" ");
        while (count != 0)
            append({&reversed[--count], 1});
        return *this;
    }

    char characters_[capacity] = {};
    std::size_t length_ = 0;
};

} // namespace drywalk::kernel::log
