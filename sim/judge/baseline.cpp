// SPDX-License-Identifier: MIT
#include "sim/judge/baseline.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/input_error.hpp"
#include "sim/input/text_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace drywalk::judge {

namespace {

using nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::size_t most_bytes = std::size_t{64} * 1024 * 1024;

[[nodiscard]] std::string text_at(const ordered_json& object, const char* key, const std::string& pointer,
                                  const Complaint& complaint, bool required)
{
    const auto found = object.find(key);
    if (found == object.end()) {
        if (required) complaint.fail(pointer, fmt::format("\"{}\" is missing", key));
        return {};
    }
    if (!found->is_string()) complaint.fail(fmt::format("{}/{}", pointer, key), "is no string");
    return found->get<std::string>();
}

[[nodiscard]] BaselineEntry entry_of(const ordered_json& object, const std::string& pointer, const Complaint& complaint)
{
    if (!object.is_object()) complaint.fail(pointer, "is no object");
    BaselineEntry entry;
    entry.fingerprint = text_at(object, "fingerprint", pointer, complaint, true);
    entry.kind = text_at(object, "kind", pointer, complaint, false);
    entry.place = text_at(object, "place", pointer, complaint, false);
    entry.use = text_at(object, "use", pointer, complaint, false);
    entry.discipline = text_at(object, "discipline", pointer, complaint, false);
    return entry;
}

/// Flat enough that no parser runs out of stack.
[[nodiscard]] bool nests_too_deep(int depth, ordered_json::parse_event_t /*event*/, ordered_json& /*parsed*/)
{
    constexpr int deepest = 8;
    if (depth > deepest) throw InputError("nested too deeply");
    return true;
}

[[nodiscard]] ordered_json parsed(std::string_view text, const std::string& file)
{
    try {
        if (text.find('\0') != std::string_view::npos) throw InputError("a NUL byte"); // the parser would end there
        return ordered_json::parse(text, nests_too_deep);
    } catch (const ordered_json::exception&) {
        throw InputError(fmt::format("{}: is no JSON (a file that --write-baseline wrote is expected)", file));
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {} (a file that --write-baseline wrote is expected)", file, error.what()));
    }
}

} // namespace

std::string baseline_text(const Baseline& baseline)
{
    ordered_json groups = ordered_json::array();
    for (const BaselineEntry& entry : baseline.entries) {
        ordered_json object{{"fingerprint", entry.fingerprint}, {"kind", entry.kind}, {"place", entry.place}};
        if (!entry.use.empty()) object["use"] = entry.use;
        if (!entry.discipline.empty()) object["discipline"] = entry.discipline;
        groups.push_back(std::move(object));
    }
    const ordered_json document{{"drywalk_baseline", version}, {"groups", groups}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Baseline parse_baseline(std::string_view text, const std::string& file)
{
    const ordered_json document = parsed(text, file);
    const Complaint complaint{file};
    if (!document.is_object() || !document.contains("drywalk_baseline")) {
        complaint.fail("", "is no baseline (a file that --write-baseline wrote is expected)");
    }
    if (document.at("drywalk_baseline") != version) {
        complaint.fail("/drywalk_baseline", fmt::format("is not {} (the only version there is)", version));
    }
    const auto groups = document.find("groups");
    if (groups == document.end() || !groups->is_array()) complaint.fail("/groups", "is no list");
    Baseline baseline;
    for (std::size_t index = 0; index < groups->size(); ++index)
        baseline.entries.push_back(entry_of((*groups)[index], fmt::format("/groups/{}", index), complaint));
    return baseline;
}

Baseline load_baseline(const std::filesystem::path& file)
{
    return parse_baseline(read_text(file, Expected::baseline, most_bytes), file.string());
}

} // namespace drywalk::judge
