// SPDX-License-Identifier: MIT
#include "sim/output/page_width.hpp"

#include "sim/input/complaint.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include <sys/ioctl.h>
#include <unistd.h>

namespace drywalk::output {

namespace {

constexpr std::size_t narrowest = 60;
constexpr std::size_t widest = 1000;

[[nodiscard]] std::optional<std::size_t> columns_of_environment()
{
    const char* const value = std::getenv("COLUMNS");
    if (value == nullptr) return std::nullopt;
    const std::string_view text{value};
    std::size_t columns = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
    if (error != std::errc{} || end != text.data() + text.size() || columns == 0) return std::nullopt;
    return columns;
}

[[nodiscard]] std::optional<std::size_t> columns_of_terminal()
{
    struct winsize size {};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
    return size.ws_col;
}

} // namespace

PageWidth page_width_of_output()
{
    if (::isatty(STDOUT_FILENO) == 0) return {};
    std::optional<std::size_t> columns = columns_of_environment();
    if (!columns) columns = columns_of_terminal();
    return {std::clamp(columns.value_or(PageWidth{}.columns), narrowest, widest)};
}

std::size_t characters(std::string_view text)
{
    // Second and further bytes of a character begin with the bits 10. RFC 3629, 3
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; }));
}

std::string wrapped(std::string_view sentence, PageWidth width, std::size_t indent, std::size_t hanging)
{
    const std::string shown = one_line(sentence);
    std::string_view text = shown;
    std::string result;
    std::string line(indent, ' ');
    bool empty = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!empty && characters(line) + 1 + characters(word) > width.columns) {
            result += line + "\n";
            line.assign(hanging, ' ');
            empty = true;
        }
        if (!empty) line += ' ';
        line += word;
        empty = false;
    }
    return result + line + "\n";
}

} // namespace drywalk::output
