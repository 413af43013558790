// SPDX-License-Identifier: MIT
// JSON pointers that people wrote, followed without exceptions. [RFC 6901]
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace drywalk {

/// The reference tokens of `pointer`, unescaped; nothing if it is none.
[[nodiscard]] std::optional<std::vector<std::string>> pointer_tokens(const std::string& pointer);

/// `pointer` is `outer`, or leads to something inside it.
[[nodiscard]] bool lies_within(const std::string& pointer, const std::string& outer);

/// What the tokens lead to in `document`, or null.
[[nodiscard]] nlohmann::json* find_at(nlohmann::json& document, const std::vector<std::string>& tokens);
[[nodiscard]] const nlohmann::json* find_at(const nlohmann::json& document, const std::vector<std::string>& tokens);

} // namespace drywalk
