// SPDX-License-Identifier: MIT
#include "sim/judge/causes.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/wording.hpp"
#include "sim/scenario/complaint.hpp"
#include "sim/trace/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace drywalk::judge {

namespace {

constexpr std::size_t most_causes = 50;
constexpr std::size_t most_redundant = 20;

class Writer {
public:
    explicit Writer(const TraceVerdict& verdict) : verdict_{verdict} {}

    [[nodiscard]] std::string write()
    {
        add_findings(verdict_.violations, "violation");
        add_findings(verdict_.warnings, "warning");
        add_redundant();
        add_summary();
        return text_;
    }

private:
    template <typename... Values>
    void line(fmt::format_string<Values...> form, Values&&... values)
    {
        fmt::format_to(std::back_inserter(text_), form, std::forward<Values>(values)...);
        text_ += '\n';
    }

    void add_findings(const Some<Finding>& findings, std::string_view what)
    {
        const std::vector<Cause> causes = causes_of(verdict_, findings.kept);
        for (std::size_t index = 0; index < std::min(causes.size(), most_causes); ++index)
            add_cause(causes[index], what);
        if (causes.size() > most_causes) {
            line("{} more causes of a {} are not shown; --format json lists them.\n", causes.size() - most_causes,
                 what);
        }
        if (findings.total > findings.kept.size()) {
            line("Of {} {}s only the first {} were looked at for causes.\n", findings.total, what,
                 findings.kept.size());
        }
    }

    void add_cause(const Cause& cause, std::string_view what)
    {
        const Finding& finding = *cause.first;
        const EventText& event = finding.event;
        line("{}: {} at event {}{}", what, name_of(finding.verdict), event.index, place_of(event));
        line("  {} {}", event.what, consequence(finding.verdict));
        if (!finding.mark.empty()) line("  after mark     {}", scenario::in_quotes(finding.mark));
        if (finding.witness) add_witness(finding);
        if (cause.findings > 1) add_others(cause);
        text_ += '\n';
    }

    void add_witness(const Finding& finding)
    {
        const oracle::Witness& witness = *finding.witness;
        const std::string whose = verdict_.cpus > 1 ? fmt::format(" on cpu {}", finding.cpu) : "";
        if (finding.released) {
            line("  stale entry    va {:#x} -> {}{}", finding.va, used_text(finding), whose);
        } else {
            line("  may use        {}{}", used_text(finding), whose);
            line("  tables say     {}", tables_text(finding));
        }
        line("  established by {}", cited_text(verdict_, witness.established_by));
        line("  broken by      {}", cited_text(verdict_, witness.broken_by));
        line("  {} {}", finding.released ? "released at   " : "used at       ", event_text(verdict_, finding.event));
        line("  missing        {}", missing_invalidation(finding, verdict_.cpus));
    }

    void add_others(const Cause& cause)
    {
        const std::size_t others = cause.findings - 1;
        const std::string pages = cause.pages > 1 ? fmt::format(", {} pages in all", cause.pages) : "";
        line("  and {} more like it{}, the last at event {}{}", others, pages, cause.last->event.index,
             place_of(cause.last->event));
    }

    /// " (line 7, map.c:12)"
    [[nodiscard]] std::string place_of(const EventText& event) const
    {
        std::string place;
        const TraceLine at = line_of(verdict_, event.index);
        if (at.line != 0) {
            place = verdict_.files.size() > 1 ? fmt::format("{}:{}", scenario::one_line(at.file), at.line)
                                              : fmt::format("line {}", at.line);
        }
        if (!event.src.empty()) place += fmt::format("{}{}", place.empty() ? "" : ", ", scenario::one_line(event.src));
        return place.empty() ? "" : fmt::format(" ({})", place);
    }

    void add_redundant()
    {
        const Some<RedundantInvalidation>& redundant = verdict_.redundant_invalidations;
        if (redundant.total == 0) return;
        line("redundant invalidations: nothing that mattered was removed by");
        for (std::size_t index = 0; index < std::min(redundant.kept.size(), most_redundant); ++index) {
            const RedundantInvalidation& one = redundant.kept[index];
            line("  {}{}", event_text(verdict_, one.event), one.cycles ? fmt::format(", {} cycles", *one.cycles) : "");
        }
        if (redundant.total > most_redundant) {
            line("  and {} more; --format json lists them", redundant.total - most_redundant);
        }
        text_ += '\n';
    }

    void add_summary()
    {
        if (!verdict_.judged_something()) {
            line("nothing judged: {}: {}, but no access and no release among them", scenario::one_line(verdict_.file),
                 counted(verdict_.events, "event", "events"));
            return add_doubts();
        }
        line("{}: {}: {}, {}, {}", verdict_.clean() ? "clean" : "VIOLATIONS", scenario::one_line(verdict_.file),
             counted(verdict_.violations.total, "violation", "violations"),
             counted(verdict_.warnings.total, "warning", "warnings"),
             counted(verdict_.redundant_invalidations.total, "redundant invalidation", "redundant invalidations"));
        line("judged {}, {}, {}; vendor {}, every TLB that it permits", counted(verdict_.events, "event", "events"),
             counted(verdict_.accesses, "access", "accesses"),
             counted(verdict_.architectural_faults, "architectural fault", "architectural faults"),
             trace::name_of(verdict_.vendor));
        add_doubts();
    }

    void add_doubts()
    {
        if (const std::string doubt = doubt_about_faults(verdict_); !doubt.empty()) line("{}", doubt);
        if (verdict_.noise != 0) line("skipped as noise: {}", counted(verdict_.noise, "line", "lines"));
    }

    const TraceVerdict& verdict_;
    std::string text_;
};

} // namespace

std::string text_report(const TraceVerdict& verdict) { return Writer{verdict}.write(); }

} // namespace drywalk::judge
