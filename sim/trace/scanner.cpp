// SPDX-License-Identifier: MIT
#include "sim/trace/scanner.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace drywalk::trace {

namespace {

[[nodiscard]] bool is_digit(char character) { return character >= '0' && character <= '9'; }
[[nodiscard]] bool is_letter(char character) { return character >= 'a' && character <= 'z'; }

[[nodiscard]] bool high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
[[nodiscard]] bool low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

} // namespace

void Scanner::close()
{
    ++at_;
    skip_space();
    if (at_ != end_) place_.fail(at_, fmt::format("{} after the object (one object a line)", found_here()));
}

std::string Scanner::found_here() const
{
    if (at_ == end_) return "the end of the line";
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte == 0) return "a NUL byte";
    if (byte < 0x20 || byte >= 0x7f) return fmt::format("a byte {:#04x}", byte);
    if (*at_ == '"') return "a string";
    if (*at_ == '{' || *at_ == '[') return *at_ == '{' ? "an object" : "an array";
    if (!is_letter(*at_)) return fmt::format("'{}'", *at_);
    const char* end = at_;
    while (is_letter(*end) && end - at_ < 12)
        ++end;
    return {static_cast<const char*>(at_), end};
}

void Scanner::fail_open() const
{
    if (at_ == end_) place_.fail(at_, "an empty line (each line is one JSON object; --skip-noise skips others)");
    if (std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with("\xef\xbb\xbf")) {
        place_.fail(at_, "a byte order mark (plain UTF-8 without one)");
    }
    place_.fail(at_, fmt::format("{} where a JSON object must begin (each line is one JSON object; --skip-noise "
                                 "skips others)",
                                 found_here()));
}

void Scanner::fail_here(std::string_view expected) const
{
    if (at_ == end_) place_.fail(at_, fmt::format("the line ends inside the object ({} must follow)", expected));
    place_.fail(at_, fmt::format("{} where {} must stand", found_here(), expected));
}

void Scanner::fail_value(std::string_view key, std::string_view form) const
{
    if (at_ == end_) place_.fail(at_, fmt::format("the line ends inside the object (\"{}\" must be {})", key, form));
    if (*at_ == '-') place_.fail(at_, fmt::format("\"{}\" is negative (it must be {})", key, form));
    place_.fail(at_,
                fmt::format("\"{}\" is {} (it must be {})", key, is_digit(*at_) ? "a number" : found_here(), form));
}

std::uint64_t Scanner::decimal(std::string_view key)
{
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    if (at_[0] == '0' && is_digit(at_[1]))
        place_.fail(at_, fmt::format("\"{}\" has a leading zero (JSON allows none)", key));
    std::uint64_t value = 0;
    for (; is_digit(*at_); ++at_) {
        const auto digit = static_cast<std::uint64_t>(*at_ - '0');
        if (value > (most - digit) / 10) place_.fail(value_at_, fmt::format("\"{}\" does not fit into 64 bits", key));
        value = value * 10 + digit;
    }
    if (*at_ == '.' || *at_ == 'e' || *at_ == 'E') {
        place_.fail(value_at_, fmt::format("\"{}\" has a fraction or an exponent (it must be {})", key, number_form));
    }
    return value;
}

std::uint64_t Scanner::hexadecimal_with_escapes(std::string_view key)
{
    const auto bad = [&](std::string_view what) { place_.fail(value_at_, fmt::format("\"{}\" {}", key, what)); };
    ++at_;
    const std::string_view all = quoted();
    if (!all.starts_with("0x")) {
        bad(fmt::format("is the string {} (it must be {})", in_quotes(all), number_form));
    }
    const std::string_view digits = all.substr(2);
    if (digits.empty()) bad("has no digits after 0x");
    std::uint64_t value = 0;
    for (const char character : digits) {
        const std::uint8_t digit = hex_digit[static_cast<unsigned char>(character)];
        if (digit > 15) bad(fmt::format("is {}, which has more than hexadecimal digits after 0x", in_quotes(all)));
        if (value >> 60 != 0) bad("does not fit into 64 bits");
        value = value << 4 | digit;
    }
    return value;
}

std::string_view Scanner::texts(std::string_view key)
{
    constexpr std::string_view form = "a list of strings, at least one";
    if (*at_ != '[') fail_value(key, form);
    char* const begin = at_++;
    char* to = begin;
    do {
        skip_space();
        if (*at_ != '"') fail_value(key, form);
        const char* const text_at = at_++;
        const std::string_view text = quoted();
        if (text.empty()) place_.fail(text_at, fmt::format("an empty string in \"{}\" (it must say something)", key));
        if (std::ranges::any_of(text, [](char each) { return static_cast<unsigned char>(each) < 0x20; })) {
            place_.fail(text_at, fmt::format("a control character in \"{}\" (printable text)", key));
        }
        if (to != begin) *to++ = '\n';
        std::memmove(to, text.data(), text.size()); // what is put down is shorter than what was read
        to += text.size();
        skip_space();
    } while (*at_ == ',' && at_++ != nullptr);
    if (*at_ != ']') fail_here("a comma or the closing bracket");
    ++at_;
    return {begin, static_cast<std::size_t>(to - begin)};
}

bool Scanner::boolean(std::string_view key)
{
    const char* end = at_;
    while (is_letter(*end))
        ++end;
    const std::string_view word{at_, static_cast<std::size_t>(end - at_)};
    if (word != "true" && word != "false") fail_value(key, "true or false");
    at_ += word.size();
    return word == "true";
}

std::string_view Scanner::quoted_with_escapes(char* begin)
{
    char* to = at_;
    while (*at_ != '"') {
        const auto byte = static_cast<unsigned char>(*at_);
        if (at_ == end_) place_.fail(begin - 1, "a string that does not end on its line");
        if (byte == '\\') {
            to = copy_escape(to);
        } else if (byte >= 0x80) {
            to = copy_multibyte(to);
        } else if (byte < 0x20) {
            place_.fail(at_, fmt::format("{} inside a string (JSON writes it as \\u{:04x})", found_here(), byte));
        } else {
            *to++ = *at_++;
        }
    }
    ++at_;
    return {begin, static_cast<std::size_t>(to - begin)};
}

char* Scanner::copy_escape(char* to)
{
    static constexpr std::string_view letters = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (at_[1] == 'u') return copy_unicode_escape(to);
    const std::size_t which = letters.find(at_[1]);
    if (which == std::string_view::npos) {
        place_.fail(at_, R"(an unknown escape (legal are \" \\ \/ \b \f \n \r \t and \uXXXX))");
    }
    at_ += 2;
    *to++ = meanings[which];
    return to;
}

char* Scanner::copy_unicode_escape(char* to)
{
    const char* const begin = at_;
    std::uint32_t character = four_digits();
    if (low_surrogate(character)) place_.fail(begin, "a surrogate without its partner");
    if (high_surrogate(character)) {
        if (at_[0] != '\\' || at_[1] != 'u') place_.fail(begin, "a surrogate without its partner");
        const std::uint32_t low = four_digits();
        if (!low_surrogate(low)) place_.fail(begin, "a surrogate without its partner");
        character = 0x1'0000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    }
    return put_utf8(to, character);
}

/// Reads \uXXXX.
std::uint32_t Scanner::four_digits()
{
    std::uint32_t unit = 0;
    for (unsigned index = 2; index < 6; ++index) {
        const std::uint8_t digit = hex_digit[static_cast<unsigned char>(at_[index])];
        if (digit > 15) place_.fail(at_, R"(\u without four hexadecimal digits)");
        unit = unit << 4 | digit;
    }
    at_ += 6;
    return unit;
}

char* Scanner::copy_multibyte(char* to)
{
    const std::size_t length = utf8_length({at_, static_cast<std::size_t>(end_ - at_)});
    if (length == 0) place_.fail(at_, fmt::format("{} that is not UTF-8 (JSON is UTF-8)", found_here()));
    std::memmove(to, at_, length);
    at_ += length;
    return to + length;
}

} // namespace drywalk::trace
