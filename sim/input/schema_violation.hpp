// SPDX-License-Identifier: MIT
// Why a document does not fit a schema, in words: each violation, where it is and what would be legal.
//
// Valijson is the judge of whether a document fits; its messages name neither the legal keys nor the legal values, so
// this walks schema and document side by side and says what it finds. It knows the keywords that the project's schemas
// use.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace drywalk {

struct SchemaViolation {
    std::string pointer; ///< JSON pointer into the document
    std::string what;
};

/// All that are found, the graver first: wrong types and keys, then values. Nothing is looked for below a wrong type.
[[nodiscard]] std::vector<SchemaViolation> find_violations(const nlohmann::json& schema,
                                                           const nlohmann::json& document);

/// One more reference token on a JSON pointer. [RFC 6901]
[[nodiscard]] std::string pointer_to(const std::string& parent, const std::string& key);
[[nodiscard]] std::string pointer_to(const std::string& parent, std::size_t index);

} // namespace drywalk
