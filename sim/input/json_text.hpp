// SPDX-License-Identifier: MIT
// Reading JSON strictly: no duplicate keys, no ill-formed UTF-8, bounded size and depth, errors with line and column.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace drywalk {

inline constexpr std::size_t longest_file = std::size_t{16} * 1024 * 1024; ///< bytes
inline constexpr std::size_t deepest_nesting = 64;
inline constexpr std::size_t longest_string = 4096; ///< bytes; keeps regular expressions off hostile input

/// The bytes of `file`. Throws InputError if it is missing, a directory, unreadable or too long.
[[nodiscard]] std::string read_text(const std::filesystem::path& file);

/// `text`, which came from `file`. Throws InputError as `file:line:column: what`.
[[nodiscard]] nlohmann::json parse_json(const std::string& text, const std::string& file);

} // namespace drywalk
