// SPDX-License-Identifier: MIT
// SARIF 2.1.0 (OASIS): one result for each cause, at the source line that the trace names, else at the trace's line.
#include "sim/judge/causes.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/wording.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <iterator>

namespace drywalk::judge {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view redundant_rule = "redundant-invalidation";

/// A file name as the path of a URI. RFC 3986, 3.3
[[nodiscard]] std::string uri_of(std::string_view file)
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string uri = file.starts_with('/') ? "file://" : "";
    for (const char character : file) {
        if (plain.find(character) != std::string_view::npos)
            uri += character;
        else
            fmt::format_to(std::back_inserter(uri), "%{:02X}", static_cast<unsigned char>(character));
    }
    return uri;
}

[[nodiscard]] ordered_json place(std::string_view file, std::uint64_t line)
{
    ordered_json physical{{"artifactLocation", {{"uri", uri_of(file)}}}};
    if (line != 0) physical["region"] = {{"startLine", line}};
    return {{"physicalLocation", physical}};
}

/// "file:line" cut at its last colon; without a line number it is all a file name.
[[nodiscard]] ordered_json place_of_source(std::string_view src)
{
    const std::size_t colon = src.rfind(':');
    if (colon == std::string_view::npos) return place(src, 0);
    const std::string_view digits = src.substr(colon + 1);
    std::uint64_t line = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), line);
    const bool number = error == std::errc{} && end == digits.data() + digits.size() && !digits.empty() && line != 0;
    return number ? place(src.substr(0, colon), line) : place(src, 0);
}

class Sarif {
public:
    explicit Sarif(const TraceVerdict& verdict) : verdict_{verdict} {}

    [[nodiscard]] ordered_json results() const
    {
        ordered_json list = ordered_json::array();
        for (const Cause& cause : causes_of(verdict_, verdict_.violations.kept))
            list.push_back(result(cause, "error"));
        for (const Cause& cause : causes_of(verdict_, verdict_.warnings.kept))
            list.push_back(result(cause, "warning"));
        for (const RedundantInvalidation& redundant : verdict_.redundant_invalidations.kept)
            list.push_back(result(redundant));
        return list;
    }

private:
    [[nodiscard]] ordered_json trace_place(std::uint64_t event) const
    {
        const TraceLine at = line_of(verdict_, event);
        return place(at.file, at.line);
    }

    [[nodiscard]] ordered_json location(const EventText& event) const
    {
        return event.src.empty() ? trace_place(event.index) : place_of_source(event.src);
    }

    [[nodiscard]] ordered_json result(const Cause& cause, std::string_view level) const
    {
        const Finding& finding = *cause.first;
        ordered_json object{{"ruleId", name_of(finding.verdict)},
                            {"level", level},
                            {"message", {{"text", message_of(verdict_, finding)}}},
                            {"locations", {location(finding.event)}},
                            {"occurrenceCount", cause.findings},
                            {"properties", {{"event", finding.event.index}}}};
        if (finding.witness) object["relatedLocations"] = related(*finding.witness);
        return object;
    }

    [[nodiscard]] ordered_json result(const RedundantInvalidation& redundant) const
    {
        const std::string text = fmt::format("{} removes nothing that matters.", redundant.event.what);
        return {{"ruleId", redundant_rule},
                {"level", "note"},
                {"message", {{"text", text}}},
                {"locations", {location(redundant.event)}},
                {"properties", {{"event", redundant.event.index}}}};
    }

    [[nodiscard]] ordered_json related(const oracle::Witness& witness) const
    {
        ordered_json list = ordered_json::array();
        for (const auto& [index, role] :
             {std::pair{witness.established_by, "established by"}, std::pair{witness.broken_by, "broken by"}}) {
            const auto found = verdict_.cited.find(index);
            ordered_json one = found == verdict_.cited.end() ? trace_place(index) : location(found->second);
            one["message"] = {{"text", fmt::format("{} {}", role, cited_text(verdict_, index))}};
            list.push_back(one);
        }
        return list;
    }

    const TraceVerdict& verdict_;
};

[[nodiscard]] ordered_json rule(std::string_view id, std::string_view text)
{
    return {{"id", id}, {"shortDescription", {{"text", text}}}};
}

[[nodiscard]] ordered_json rules()
{
    using oracle::Verdict;
    ordered_json list = ordered_json::array();
    for (const Verdict verdict :
         {Verdict::stale_translation, Verdict::stale_permission, Verdict::stale_memory_type, Verdict::lost_dirty,
          Verdict::released_while_reachable, Verdict::spurious_fault, Verdict::lost_accessed}) {
        const std::string_view subject = verdict == Verdict::released_while_reachable ? "A release" : "An access";
        list.push_back(rule(name_of(verdict), fmt::format("{} {}.", subject, consequence(verdict))));
    }
    list.push_back(rule(redundant_rule, "An invalidation removes nothing that matters."));
    return list;
}

} // namespace

std::string sarif_report(const TraceVerdict& verdict, std::string_view version)
{
    const ordered_json driver{{"name", "drywalk"}, {"version", version}, {"rules", rules()}};
    const ordered_json run{
        {"tool", {{"driver", driver}}}, {"columnKind", "utf16CodeUnits"}, {"results", Sarif{verdict}.results()}};
    const ordered_json document{
        {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", {run}}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace drywalk::judge
