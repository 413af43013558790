// SPDX-License-Identifier: MIT
// One line for each group: GCC's diagnostics, and the workflow commands of GitHub Actions.
#include "sim/input/complaint.hpp"
#include "sim/judge/advice.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::judge {

namespace {

constexpr std::size_t most_notes = 200; ///< lines about redundant invalidations of one run

enum class Severity : std::uint8_t { error, warning, note };

/// What one line says.
struct Diagnostic {
    Severity severity = Severity::note;
    SourcePlace place;
    std::string title; ///< the kind
    std::string text;
};

[[nodiscard]] std::string_view decision_text(const Group& group)
{
    switch (group.disposition) {
    case Disposition::fresh: break;
    case Disposition::known: return "known: ";
    case Disposition::accepted: return "accepted: ";
    }
    return "";
}

class Diagnostics {
public:
    explicit Diagnostics(const Report& report)
    {
        for (const CheckedRun& run : report.runs)
            add(run);
        for (const BaselineEntry& entry : report.stale) {
            add_note({report.baseline_file, 1}, "baseline",
                     fmt::format("no longer found: {} at {} [{}]", entry.kind, entry.place, entry.fingerprint));
        }
    }

    [[nodiscard]] std::vector<Diagnostic> take() { return std::move(all_); }

private:
    void add(const CheckedRun& run)
    {
        const std::string suffix = run.discipline.empty() ? "" : fmt::format(" [{}]", run.discipline);
        for (const Group& group : run.groups) {
            const Severity severity = group.disposition != Disposition::fresh ? Severity::note
                                      : group.is_violation                    ? Severity::error
                                                                              : Severity::warning;
            all_.push_back({severity, group.place, std::string{name_of(group.verdict)},
                            fmt::format("{}{}{}", decision_text(group), message_of(run.verdict, group), suffix)});
        }
        add_left_out(run);
        add_redundant(run, suffix);
    }

    void add_left_out(const CheckedRun& run)
    {
        for (const auto& [findings, what] :
             {std::pair{&run.verdict.violations, "violations"}, std::pair{&run.verdict.warnings, "warnings"}}) {
            if (findings->total == findings->kept.size()) continue;
            add_note({run.verdict.file, 1}, what,
                     fmt::format("of {} {} only the first {} were looked at for causes", findings->total, what,
                                 findings->kept.size()));
        }
    }

    void add_redundant(const CheckedRun& run, const std::string& suffix)
    {
        for (std::size_t index = 0; index < std::min(run.redundant.size(), most_notes); ++index) {
            const RedundantGroup& group = run.redundant[index];
            const std::string count = group.count > 1 ? fmt::format(" ({} times)", group.count) : "";
            const std::string price = group.cycles ? fmt::format(", {} cycles", *group.cycles) : "";
            add_note(place_of_event(run.verdict, group.first->event), "redundant-invalidation",
                     fmt::format("redundant-invalidation: {} removed nothing that mattered in this run{}{}{}",
                                 group.first->event.what, count, price, suffix));
        }
        if (run.redundant.size() > most_notes) {
            add_note(
                {run.verdict.file, 1}, "redundant-invalidation",
                fmt::format("redundant-invalidation: {} more lines are not listed", run.redundant.size() - most_notes));
        }
    }

    void add_note(SourcePlace place, std::string title, std::string text)
    {
        all_.push_back({Severity::note, std::move(place), std::move(title), std::move(text)});
    }

    std::vector<Diagnostic> all_;
};

[[nodiscard]] std::string_view gcc_name(Severity severity)
{
    switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: break;
    }
    return "note";
}

[[nodiscard]] std::string_view command_name(Severity severity)
{
    return severity == Severity::note ? "notice" : gcc_name(severity);
}

/// What a workflow command reads back as `text`. In a property, ':' and ',' would end it. Other control characters have
/// no spelling there; they become visible.
[[nodiscard]] std::string escaped(std::string_view text, bool in_property)
{
    const std::string_view special = in_property ? "%\r\n:," : "%\r\n";
    std::string result;
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find_first_of(special), text.size());
        result += one_line(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        result += fmt::format("%{:02X}", static_cast<unsigned char>(text.front()));
        text.remove_prefix(1);
    }
    return result;
}

[[nodiscard]] std::uint64_t line_or_first(const SourcePlace& place) { return place.line == 0 ? 1 : place.line; }

} // namespace

std::string gcc_report(const Report& report)
{
    std::string text;
    for (const Diagnostic& one : Diagnostics{report}.take()) {
        text += fmt::format("{}:{}:1: {}: {}\n", one_line(one.place.file), line_or_first(one.place),
                            gcc_name(one.severity), one_line(one.text));
    }
    return text;
}

std::string github_report(const Report& report)
{
    std::string text;
    for (const Diagnostic& one : Diagnostics{report}.take()) {
        text += fmt::format("::{} file={},line={},title={}::{}\n", command_name(one.severity),
                            escaped(one.place.file, true), line_or_first(one.place),
                            escaped("drywalk " + one.title, true), escaped(one_line(one.text), false));
    }
    return text;
}

} // namespace drywalk::judge
