// SPDX-License-Identifier: MIT
// SARIF 2.1.0 (OASIS): one result for each group, at the source line to fix, else at the trace's line.
#include "sim/judge/advice.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/rules.hpp"
#include "sim/judge/wording.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace drywalk::judge {

namespace {

using nlohmann::ordered_json;

// GitHub takes 25,000 results of a run and shows 5,000 of them.
constexpr std::size_t most_results = 4'000; ///< groups of a run, violations first
constexpr std::size_t most_notes = 500;     ///< lines with redundant invalidations

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

[[nodiscard]] ordered_json location(const SourcePlace& place)
{
    ordered_json physical{{"artifactLocation", {{"uri", uri_of(place.file)}}}};
    if (place.line != 0) physical["region"] = {{"startLine", place.line}};
    return {{"physicalLocation", physical}};
}

[[nodiscard]] ordered_json with_message(ordered_json object, const std::string& text)
{
    object["message"] = {{"text", text}};
    return object;
}

/// The results of one run.
class Results {
public:
    Results(const CheckedRun& run, bool has_baseline, SarifOptions options)
        : run_{run}, verdict_{run.verdict}, has_baseline_{has_baseline}, options_{options}
    {
    }

    [[nodiscard]] ordered_json write() const
    {
        ordered_json list = ordered_json::array();
        for (std::size_t index = 0; index < std::min(run_.groups.size(), most_results); ++index)
            list.push_back(result(run_.groups[index]));
        for (std::size_t index = 0; index < std::min(run_.redundant.size(), most_notes); ++index)
            list.push_back(result(run_.redundant[index]));
        return list;
    }

private:
    [[nodiscard]] ordered_json result(const Group& group) const
    {
        const Finding& finding = group.first();
        ordered_json object{{"ruleId", name_of(group.verdict)},
                            {"level", group.is_violation ? "error" : "warning"},
                            {"message", {{"text", message_of(verdict_, group)}}},
                            {"locations", {location(group.place)}},
                            {"occurrenceCount", group.findings.size()}};
        const ordered_json story = story_of(finding);
        object["relatedLocations"] = numbered(story);
        object["codeFlows"] = code_flows(story);
        if (options_.fingerprints) object["partialFingerprints"] = {{"cause/v1", group.fingerprint}};
        if (has_baseline_) object["baselineState"] = group.disposition == Disposition::known ? "unchanged" : "new";
        if (const ordered_json suppressed = suppressions(group); !suppressed.empty())
            object["suppressions"] = suppressed;
        object["properties"] = {{"event", finding.event.index}, {"pages", group.pages}, {"cpus", group.cpus}};
        return object;
    }

    [[nodiscard]] static ordered_json suppressions(const Group& group)
    {
        switch (group.disposition) {
        case Disposition::fresh: break;
        case Disposition::known:
            return ordered_json::array({{{"kind", "external"}, {"justification", "stands in the baseline"}}});
        case Disposition::accepted:
            return ordered_json::array({{{"kind", "inSource"}, {"justification", group.reason}}});
        }
        return ordered_json::array();
    }

    [[nodiscard]] ordered_json result(const RedundantGroup& redundant) const
    {
        const EventText& event = redundant.first->event;
        std::string text = fmt::format("{} removed nothing that mattered in this run.", event.what);
        if (redundant.cycles) text += fmt::format(" It cost {} cycles.", *redundant.cycles);
        ordered_json object{
            {"ruleId", redundant_rule},           {"level", "note"},
            {"message", {{"text", text}}},        {"locations", {location(place_of_event(verdict_, event))}},
            {"occurrenceCount", redundant.count}, {"properties", {{"event", event.index}}}};
        if (has_baseline_) object["baselineState"] = "new";
        return object;
    }

    [[nodiscard]] ordered_json cited_location(std::uint64_t index, std::string_view role) const
    {
        const auto found = verdict_.cited.find(index);
        EventText unknown;
        unknown.index = index;
        const EventText& event = found == verdict_.cited.end() ? unknown : found->second;
        return with_message(location(place_of_event(verdict_, event)),
                            fmt::format("{} {}", role, cited_text(verdict_, index)));
    }

    /// What happened, in the order of time: established, broken, used.
    [[nodiscard]] ordered_json story_of(const Finding& finding) const
    {
        ordered_json story = ordered_json::array();
        if (finding.witness) {
            story.push_back(cited_location(finding.witness->established_by, "established by"));
            if (has_broken(finding)) story.push_back(cited_location(finding.witness->broken_by, "broken by"));
        }
        const std::string text = event_text(verdict_, finding.event);
        story.push_back(with_message(location(place_of_event(verdict_, finding.event)),
                                     fmt::format("{} {}", finding.released ? "released by" : "used by", text)));
        if (finding.loaded_by) story.push_back(cited_location(*finding.loaded_by, "loaded again by"));
        return story;
    }

    [[nodiscard]] static ordered_json numbered(ordered_json story)
    {
        for (std::size_t index = 0; index < story.size(); ++index)
            story[index]["id"] = index;
        return story;
    }

    [[nodiscard]] static ordered_json code_flows(const ordered_json& story)
    {
        ordered_json steps = ordered_json::array();
        for (const ordered_json& step : story)
            steps.push_back({{"location", step}});
        ordered_json flow;
        flow["locations"] = steps;
        ordered_json flows;
        flows["threadFlows"] = ordered_json::array({flow});
        return ordered_json::array({flows});
    }

    const CheckedRun& run_;
    const TraceVerdict& verdict_;
    bool has_baseline_;
    SarifOptions options_;
};

[[nodiscard]] ordered_json rule(std::string_view id, const std::string& text, std::string_view level)
{
    const std::string help = help_place(id);
    return {{"id", id},
            {"shortDescription", {{"text", text}}},
            {"fullDescription", {{"text", text}}},
            {"defaultConfiguration", {{"level", level}}},
            {"helpUri", help},
            {"help", {{"text", fmt::format("What it means and how to cure it: {}", help)}}}};
}

[[nodiscard]] ordered_json rules()
{
    ordered_json list = ordered_json::array();
    for (const oracle::Verdict verdict : kinds())
        list.push_back(rule(name_of(verdict), describe_rule(verdict), is_violation(verdict) ? "error" : "warning"));
    list.push_back(rule(redundant_rule, "An invalidation removes nothing that matters.", "note"));
    return list;
}

/// Says what was left out, because uploaders take only so many results.
[[nodiscard]] ordered_json notifications(const CheckedRun& run)
{
    ordered_json list = ordered_json::array();
    const auto add = [&list](std::uint64_t all, std::uint64_t told, std::string_view what) {
        if (all <= told) return;
        const std::string text = fmt::format("{} more {} are not listed here.", all - told, what);
        list.push_back({{"level", "warning"}, {"message", {{"text", text}}}});
    };
    const TraceVerdict& verdict = run.verdict;
    add(run.groups.size(), most_results, "causes");
    add(run.redundant.size(), most_notes, "lines with redundant invalidations");
    add(verdict.violations.total, verdict.violations.kept.size(), "violations");
    add(verdict.warnings.total, verdict.warnings.kept.size(), "warnings");
    return list;
}

[[nodiscard]] ordered_json run_json(const CheckedRun& run, const Report& report, std::string_view version,
                                    SarifOptions options)
{
    const ordered_json driver{{"name", "drywalk"}, {"version", version}, {"rules", rules()}};
    ordered_json invocation{{"executionSuccessful", true}};
    if (const ordered_json list = notifications(run); !list.empty()) invocation["toolExecutionNotifications"] = list;
    ordered_json object;
    object["tool"] = {{"driver", driver}};
    if (!run.discipline.empty()) object["automationDetails"] = {{"id", fmt::format("drywalk/{}/", run.discipline)}};
    object["invocations"] = ordered_json::array({invocation});
    object["columnKind"] = "utf16CodeUnits";
    object["results"] = Results{run, !report.baseline_file.empty(), options}.write();
    return object;
}

} // namespace

std::string sarif_report(const Report& report, std::string_view version, SarifOptions options)
{
    ordered_json runs = ordered_json::array();
    for (const CheckedRun& run : report.runs)
        runs.push_back(run_json(run, report, version, options));
    const ordered_json document{
        {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", runs}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace drywalk::judge
