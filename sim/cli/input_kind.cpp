// SPDX-License-Identifier: MIT
#include "sim/cli/input_kind.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/text_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace drywalk::cli {

namespace {

using nlohmann::json;

/// A scenario is read whole, so a longer file is none.
[[nodiscard]] bool may_be_scenario(const std::string& file)
{
    std::error_code error;
    if (file == "-" || !std::filesystem::is_regular_file(file, error)) return false;
    const std::uintmax_t bytes = std::filesystem::file_size(file, error);
    return !error && bytes <= longest_file;
}

[[nodiscard]] std::string_view without_mark(std::string_view text)
{
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// Each line of a trace is an object of its own.
[[nodiscard]] bool begins_like_a_trace(std::string_view text)
{
    const json first = json::parse(text.substr(0, text.find('\n')), nullptr, false);
    return first.is_object() && (first.contains("drywalk_trace") || first.contains("op"));
}

/// What the keys of a whole JSON object say.
[[nodiscard]] bool scenario_by_keys(const json& document, const std::string& file)
{
    if (document.contains("workload") || document.contains("images")) return true;
    if (document.contains("tlb") || document.contains("extends")) {
        Complaint{file}.fail("",
                             "is a machine profile (legal: a trace, or a scenario; `drywalk machines FILE` reads it)");
    }
    Complaint{file}.fail("", "is neither a trace nor a scenario: it has no \"drywalk_trace\", \"op\" or \"workload\"");
}

} // namespace

bool holds_scenario(const std::string& file)
{
    if (!may_be_scenario(file)) return false;
    const std::string bytes = read_text(file);
    const std::string_view text = without_mark(bytes);
    if (!text.starts_with('{') || begins_like_a_trace(text)) return false;
    const json document = json::parse(text, nullptr, false);
    if (document.is_object()) return scenario_by_keys(document, file);
    return text.find("\"workload\"") != std::string_view::npos; // with a mistake, which its own reader tells
}

} // namespace drywalk::cli
