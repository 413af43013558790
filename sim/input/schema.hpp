// SPDX-License-Identifier: MIT
// A published JSON Schema (draft 7) and the check against it.
#pragma once

#include "sim/input/complaint.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace drywalk {

class Schema {
public:
    /// Throws InputError if `file` is not a schema.
    explicit Schema(const std::filesystem::path& file);
    ~Schema();
    Schema(const Schema&) = delete;
    Schema& operator=(const Schema&) = delete;

    [[nodiscard]] bool fits(const nlohmann::json& document) const;

    /// Throws InputError about `file`, which `document` was read from, if it does not fit: all its violations.
    void check(const nlohmann::json& document, const std::string& file) const;
    void check(const nlohmann::json& document, const Complaint& complaint) const;

    [[nodiscard]] const nlohmann::json& text() const { return text_; }

private:
    struct Compiled;

    nlohmann::json text_;
    std::unique_ptr<Compiled> compiled_;
};

} // namespace drywalk
