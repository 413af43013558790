// SPDX-License-Identifier: MIT
#include "sim/input/json_pointer.hpp"

#include <algorithm>
#include <charconv>

namespace drywalk {

namespace {

using nlohmann::json;

/// "~0" is '~' and "~1" is '/'; nothing else may follow a '~'.
[[nodiscard]] std::optional<std::string> unescaped(std::string_view token)
{
    std::string text;
    for (std::size_t at = 0; at < token.size(); ++at) {
        if (token[at] != '~') {
            text += token[at];
            continue;
        }
        ++at;
        if (at == token.size() || (token[at] != '0' && token[at] != '1')) return std::nullopt;
        text += token[at] == '0' ? '~' : '/';
    }
    return text;
}

/// A decimal number without leading zeros that is below `size`.
[[nodiscard]] std::optional<std::size_t> array_index(const std::string& token, std::size_t size)
{
    if (token.size() > 1 && token.front() == '0') return std::nullopt;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    const bool whole = error == std::errc{} && end == token.data() + token.size();
    if (!whole || index >= size) return std::nullopt;
    return index;
}

} // namespace

std::optional<std::vector<std::string>> pointer_tokens(const std::string& pointer)
{
    std::vector<std::string> tokens;
    std::string_view rest = pointer;
    while (!rest.empty()) {
        if (rest.front() != '/') return std::nullopt;
        rest.remove_prefix(1);
        const std::size_t end = std::min(rest.find('/'), rest.size());
        const std::optional<std::string> token = unescaped(rest.substr(0, end));
        if (!token) return std::nullopt;
        tokens.push_back(*token);
        rest.remove_prefix(end);
    }
    return tokens;
}

bool lies_within(const std::string& pointer, const std::string& outer)
{
    return pointer.starts_with(outer) && (pointer.size() == outer.size() || pointer[outer.size()] == '/');
}

json* find_at(json& document, const std::vector<std::string>& tokens)
{
    json* node = &document;
    for (const std::string& token : tokens) {
        if (node->is_object()) {
            const auto member = node->find(token);
            if (member == node->end()) return nullptr;
            node = &*member;
        } else if (node->is_array()) {
            const std::optional<std::size_t> index = array_index(token, node->size());
            if (!index) return nullptr;
            node = &(*node)[*index];
        } else {
            return nullptr;
        }
    }
    return node;
}

const json* find_at(const json& document, const std::vector<std::string>& tokens)
{
    return find_at(const_cast<json&>(document), tokens); // NOLINT(cppcoreguidelines-pro-type-const-cast): only found
}

} // namespace drywalk
