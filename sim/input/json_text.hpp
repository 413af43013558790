// SPDX-License-Identifier: MIT
// Reading JSON strictly: no duplicate keys, no ill-formed UTF-8, bounded size and depth, errors with line and column.
#pragma once

#include "sim/input/text_file.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

namespace drywalk {

inline constexpr std::size_t deepest_nesting = 64;
inline constexpr std::size_t longest_string = 4096; ///< bytes; keeps regular expressions off hostile input

/// `text`, which came from `file`. Throws InputError as `file:line:column: what`.
[[nodiscard]] nlohmann::json parse_json(const std::string& text, const std::string& file);

} // namespace drywalk
