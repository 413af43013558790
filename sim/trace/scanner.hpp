// SPDX-License-Identifier: MIT
// Reads one flat JSON object in place: keys and values in the order in which they stand, no tree, no allocation.
#pragma once

#include "sim/trace/line_reader.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace drywalk::trace {

/// The bytes of a string that stand for themselves: ASCII, neither a quote nor a backslash nor a control character.
inline constexpr std::array<bool, 256> plain_in_string = [] {
    std::array<bool, 256> plain{};
    for (unsigned byte = 0x20; byte < 0x80; ++byte)
        plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

/// The value of a hexadecimal digit, or 255.
inline constexpr std::array<std::uint8_t, 256> hex_digit = [] {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(255);
    for (unsigned value = 0; value < 10; ++value)
        digits['0' + value] = static_cast<std::uint8_t>(value);
    for (unsigned value = 10; value < 16; ++value) {
        digits['a' + value - 10] = static_cast<std::uint8_t>(value);
        digits['A' + value - 10] = static_cast<std::uint8_t>(value);
    }
    return digits;
}();

/// Strings are decoded where they stand. The line feed behind the line stops every loop.
class Scanner {
public:
    Scanner(const LineReader& reader, const Line& line) : place_{reader, line}, at_{line.begin}, end_{line.end} {}

    /// Expects the object to begin.
    void open()
    {
        skip_space();
        if (*at_ != '{') fail_open();
        ++at_;
        skip_space();
        first_ = true;
    }

    /// The next key, its colon read. False after the last one; the object and the line end there then.
    [[nodiscard]] bool next_key(std::string_view& key)
    {
        skip_space();
        if (*at_ == '}') {
            close();
            return false;
        }
        if (!first_) {
            if (*at_ != ',') fail_here("a comma or the closing brace");
            ++at_;
            skip_space();
        }
        first_ = false;
        key_at_ = at_;
        if (*at_ != '"') fail_here("a key in double quotes");
        ++at_;
        key = quoted();
        skip_space();
        if (*at_ != ':') fail_here("a colon after the key");
        ++at_;
        skip_space();
        value_at_ = at_;
        return true;
    }

    /// A JSON integer or a string of hexadecimal digits with "0x" before them.
    [[nodiscard]] std::uint64_t number(std::string_view key)
    {
        if (*at_ == '"') return hexadecimal(key);
        if (*at_ < '0' || *at_ > '9') fail_value(key, number_form);
        return decimal(key);
    }

    [[nodiscard]] std::string_view text(std::string_view key)
    {
        if (*at_ != '"') fail_value(key, "a string");
        ++at_;
        return quoted();
    }

    /// A list of strings without control characters, with a line feed between them.
    [[nodiscard]] std::string_view texts(std::string_view key);

    [[nodiscard]] bool boolean(std::string_view key);

    /// Where the last key and its value began.
    [[nodiscard]] char* key_at() const { return key_at_; }
    [[nodiscard]] char* value_at() const { return value_at_; }
    [[nodiscard]] const LinePlace& place() const { return place_; }

private:
    static constexpr std::string_view number_form = R"(a number: an integer from 0 or "0x..." in quotes)";

    void skip_space()
    {
        while (*at_ == ' ' || *at_ == '\t' || *at_ == '\r')
            ++at_;
    }

    /// The string whose opening quote was read.
    [[nodiscard]] std::string_view quoted()
    {
        char* const begin = at_;
        while (plain_in_string[static_cast<unsigned char>(*at_)])
            ++at_;
        if (*at_ != '"') return quoted_with_escapes(begin);
        return {begin, static_cast<std::size_t>(at_++ - begin)};
    }

    [[nodiscard]] std::uint64_t hexadecimal(std::string_view key)
    {
        char* digit = at_ + 1;
        if (digit[0] == '0' && digit[1] == 'x') {
            const char* const begin = digit += 2;
            std::uint64_t value = 0;
            for (std::uint8_t next = 0; (next = hex_digit[static_cast<unsigned char>(*digit)]) < 16; ++digit)
                value = value << 4 | next;
            if (*digit == '"' && digit != begin && digit - begin <= 16) {
                at_ = digit + 1;
                return value;
            }
        }
        return hexadecimal_with_escapes(key);
    }

    [[nodiscard]] std::uint64_t decimal(std::string_view key);
    [[nodiscard]] std::uint64_t hexadecimal_with_escapes(std::string_view key);
    [[nodiscard]] std::string_view quoted_with_escapes(char* begin);
    [[nodiscard]] char* copy_escape(char* to);
    [[nodiscard]] char* copy_unicode_escape(char* to);
    [[nodiscard]] std::uint32_t four_digits();
    [[nodiscard]] char* copy_multibyte(char* to);
    void close();

    [[noreturn]] void fail_open() const;
    [[noreturn]] void fail_here(std::string_view expected) const;
    [[noreturn]] void fail_value(std::string_view key, std::string_view form) const;
    [[nodiscard]] std::string found_here() const;

    LinePlace place_;
    char* at_;
    char* end_; ///< the line feed
    char* key_at_ = nullptr;
    char* value_at_ = nullptr;
    bool first_ = true;
};

} // namespace drywalk::trace
