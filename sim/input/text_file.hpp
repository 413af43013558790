// SPDX-License-Identifier: MIT
// Reading a whole file of bounded length, and the true reason where that fails.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace drywalk {

inline constexpr std::size_t longest_file = std::size_t{16} * 1024 * 1024; ///< bytes

/// What is expected of a file, for messages: "a JSON file is expected".
enum class Expected { json, csv, baseline };

/// The bytes of `file`. Throws InputError if it is missing, a directory, unreadable or longer than `most` bytes.
[[nodiscard]] std::string read_text(const std::filesystem::path& file, Expected expected = Expected::json,
                                    std::size_t most = longest_file);

} // namespace drywalk
