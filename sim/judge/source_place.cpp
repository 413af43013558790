// SPDX-License-Identifier: MIT
#include "sim/judge/source_place.hpp"

#include <charconv>

namespace drywalk::judge {

SourcePlace place_of_source(std::string_view src)
{
    const std::size_t colon = src.rfind(':');
    if (colon == std::string_view::npos) return {std::string{src}, 0};
    const std::string_view digits = src.substr(colon + 1);
    std::uint64_t line = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), line);
    const bool number = error == std::errc{} && end == digits.data() + digits.size() && line != 0;
    return number ? SourcePlace{std::string{src.substr(0, colon)}, line} : SourcePlace{std::string{src}, 0};
}

std::string shown(const SourcePlace& place)
{
    return place.line == 0 ? place.file : place.file + ":" + std::to_string(place.line);
}

} // namespace drywalk::judge
