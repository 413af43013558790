// SPDX-License-Identifier: MIT
#include "sim/input/complaint.hpp"

#include "sim/input/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk {

namespace {

constexpr std::size_t longest_quote = 60;

[[nodiscard]] std::string escaped(char character)
{
    return fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
}

[[nodiscard]] bool control(char character) { return static_cast<unsigned char>(character) < 0x20 || character == 0x7f; }

/// Bytes of the character at the front of `text` that a terminal shows; 0 if it obeys it, or if it is not UTF-8. C1
/// controls, U+0080 to U+009F, are those behind 0xc2.
[[nodiscard]] std::size_t shown_length(std::string_view text)
{
    const bool c1 = text.size() > 1 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
    return control(text.front()) || c1 ? 0 : utf8_length(text);
}

[[nodiscard]] bool outside_ascii(char character) { return static_cast<unsigned char>(character) >= 0x80; }

[[nodiscard]] std::string shown_pointer(const std::string& pointer) { return pointer.empty() ? "/" : pointer; }

} // namespace

std::string one_line(std::string_view text)
{
    std::string line;
    while (!text.empty()) {
        const std::size_t length = shown_length(text);
        if (length == 0)
            line += escaped(text.front());
        else
            line += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return line;
}

std::string in_quotes(std::string_view text)
{
    std::string inside;
    for (const char character : text.substr(0, longest_quote)) {
        if (control(character) || outside_ascii(character)) {
            inside += escaped(character);
        } else {
            inside += character;
        }
    }
    return fmt::format("\"{}{}\"", inside, text.size() > longest_quote ? "..." : "");
}

Complaint Complaint::because_of(std::string pointer) const
{
    Complaint other{file_};
    other.cause_ = std::move(pointer);
    return other;
}

void Complaint::fail(const std::string& pointer, const std::string& what) const
{
    if (cause_.empty()) throw InputError{one_line(fmt::format("{}: {}: {}", file_, shown_pointer(pointer), what))};
    throw InputError{
        one_line(fmt::format("{}: {}: with this value, {}: {}", file_, cause_, shown_pointer(pointer), what))};
}

} // namespace drywalk
