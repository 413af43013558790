// SPDX-License-Identifier: MIT
#include "sim/replay/lackey_reader.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <array>

namespace drywalk::replay {

namespace {

using trace::Line;
using trace::LinePlace;

constexpr std::size_t kind_characters = 3;
constexpr unsigned most_address_digits = 16;
constexpr unsigned no_digit = 16;

constexpr std::array<std::uint8_t, 256> hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (unsigned digit = 0; digit < 10; ++digit)
        values['0' + digit] = static_cast<std::uint8_t>(digit);
    for (unsigned digit = 10; digit < 16; ++digit) {
        values['a' + digit - 10] = static_cast<std::uint8_t>(digit);
        values['A' + digit - 10] = static_cast<std::uint8_t>(digit);
    }
    return values;
}();

/// What the first three characters of a line say it is.
[[nodiscard]] std::optional<ReferenceKind> kind_of(const char* line)
{
    if (line[0] == 'I' && line[1] == ' ' && line[2] == ' ') return ReferenceKind::fetch;
    if (line[0] != ' ' || line[2] != ' ') return std::nullopt;
    switch (line[1]) {
    case 'L': return ReferenceKind::load;
    case 'S': return ReferenceKind::store;
    case 'M': return ReferenceKind::modify;
    default: return std::nullopt;
    }
}

/// "==123== ...", and the same with dashes (verbose messages) or asterisks (the client's own).
[[nodiscard]] bool is_valgrinds_own(std::string_view line)
{
    return line.starts_with("==") || line.starts_with("--") || line.starts_with("**");
}

[[nodiscard]] std::string_view text_of(const Line& line)
{
    return {line.begin, static_cast<std::size_t>(line.end - line.begin)};
}

/// The end of the line stops every loop: a line feed is no digit.
[[nodiscard]] std::uint64_t parse_address(const char*& at, const LinePlace& place)
{
    const char* const begin = at;
    std::uint64_t value = 0;
    for (unsigned digit = 0; (digit = hex_values[static_cast<unsigned char>(*at)]) != no_digit; ++at)
        value = value << 4 | digit;
    if (at == begin) place.fail(begin, "a hexadecimal address is expected");
    if (at - begin > most_address_digits) place.fail(begin, "an address of more than 16 hexadecimal digits");
    return value;
}

[[nodiscard]] std::uint32_t parse_size(const char*& at, const LinePlace& place)
{
    const char* const begin = at;
    std::uint32_t value = 0;
    for (; *at >= '0' && *at <= '9' && value <= most_reference_bytes; ++at)
        value = value * 10 + static_cast<std::uint32_t>(*at - '0');
    if (at == begin) place.fail(begin, "a size in bytes is expected");
    if (value == 0 || value > most_reference_bytes) {
        place.fail(begin, fmt::format("a size that is not from 1 to {} bytes", most_reference_bytes));
    }
    return value;
}

[[noreturn]] void fail_unknown(const Line& line, const LinePlace& place)
{
    place.fail(line.begin, fmt::format("{}: no line of a lackey trace (legal are \"I  ADDRESS,SIZE\", \" L ...\", "
                                       "\" S ...\", \" M ...\", and Valgrind's own, which begin with ==)",
                                       in_quotes(text_of(line))));
}

} // namespace

bool LackeyReader::recognises(std::string_view front)
{
    return is_valgrinds_own(front) || (front.size() >= kind_characters && kind_of(front.data()).has_value());
}

std::size_t LackeyReader::read(std::span<Reference> into)
{
    std::size_t count = 0;
    for (Line line; count < into.size() && lines_.next(line);) {
        if (line.begin == line.end || is_valgrinds_own(text_of(line))) continue;
        into[count++] = parse(line);
    }
    return count;
}

Reference LackeyReader::parse(const Line& line) const
{
    const LinePlace place{lines_, line};
    const std::optional<ReferenceKind> kind =
        line.end - line.begin < std::ptrdiff_t{kind_characters} ? std::nullopt : kind_of(line.begin);
    if (!kind) fail_unknown(line, place);
    const char* at = line.begin + kind_characters;
    const std::uint64_t address = parse_address(at, place);
    if (*at != ',') place.fail(at, "a comma and a size are expected");
    const std::uint32_t bytes = parse_size(++at, place);
    if (at != line.end) place.fail(at, "nothing is expected after the size");
    const std::optional<x86::LinearAddress> linear = reference_address(address, bytes);
    if (!linear) place.fail(line.begin + kind_characters, fmt::format("{:#x}: not a canonical address", address));
    return {*linear, bytes, *kind};
}

} // namespace drywalk::replay
