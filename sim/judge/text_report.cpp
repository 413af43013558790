// SPDX-License-Identifier: MIT
#include "models/x86/vendor_names.hpp"
#include "sim/input/complaint.hpp"
#include "sim/judge/advice.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace drywalk::judge {

namespace {

constexpr std::size_t most_groups = 50; ///< of a kind of finding in one run; all are counted
constexpr std::size_t most_redundant = 20;
constexpr std::size_t most_holders = 4;
constexpr std::size_t most_decided = 50; ///< accepted groups and stale entries of a baseline

class Writer {
public:
    explicit Writer(const Report& report) : report_{report} {}
    Writer(const Report& report, const CheckedRun& run) : report_{report}, run_{&run} {}

    [[nodiscard]] std::string write()
    {
        if (!report_.scenario.empty()) line("{}\n", one_line(report_.scenario));
        for (const CheckedRun& run : report_.runs) {
            run_ = &run;
            add_run();
        }
        add_stale();
        return text_ + output::made_by_text(report_.made_by);
    }

    [[nodiscard]] std::string write(const Group& group)
    {
        add_group(group, group.is_violation ? "violation" : "warning");
        return text_;
    }

private:
    template <typename... Values>
    void line(fmt::format_string<Values...> form, Values&&... values)
    {
        fmt::format_to(std::back_inserter(text_), form, std::forward<Values>(values)...);
        text_ += '\n';
    }

    [[nodiscard]] const TraceVerdict& verdict() const { return run_->verdict; }

    void add_run()
    {
        add_findings(verdict().violations, true);
        add_findings(verdict().warnings, false);
        add_redundant();
        add_accepted();
        add_summary();
        if (report_.runs.size() > 1 && run_ != &report_.runs.back()) text_ += '\n';
    }

    void add_findings(const Some<Finding>& findings, bool violations)
    {
        const std::string_view what = violations ? "violation" : "warning";
        std::size_t told = 0;
        std::size_t left = 0;
        for (const Group& group : run_->groups) {
            if (group.is_violation != violations || group.disposition != Disposition::fresh) continue;
            if (told == most_groups) {
                ++left;
                continue;
            }
            ++told;
            add_group(group, what);
        }
        if (left != 0) line("{} more causes of a {} are not shown; --format json lists them.\n", left, what);
        if (findings.total > findings.kept.size()) {
            line("Of {} {}s only the first {} were looked at for causes.\n", findings.total, what,
                 findings.kept.size());
        }
    }

    void add_group(const Group& group, std::string_view what)
    {
        const Finding& finding = group.first();
        const EventText& event = finding.event;
        line("fix: {}", advice_of(verdict(), group));
        line("{}: {} at event {}{}", what, name_of(group.verdict), event.index, place_of(event));
        line("  {} {}", event.what, consequence(group.verdict));
        if (!finding.mark.empty()) line("  after mark     {}", in_quotes(finding.mark));
        if (finding.witness) add_witness(finding);
        if (finding.loaded_by) {
            line("  loaded again   {}: it kept what was cached", cited_text(verdict(), *finding.loaded_by));
        }
        if (group.findings.size() > 1) add_others(group);
        text_ += '\n';
    }

    void add_witness(const Finding& finding)
    {
        const oracle::Witness& witness = *finding.witness;
        const std::string whose = verdict().cpus > 1 ? fmt::format(" on cpu {}", finding.cpu) : "";
        if (finding.verdict == oracle::Verdict::released_in_use) {
            if (finding.holders.empty()) line("  in use         as a page table{}", whose);
        } else if (finding.released) {
            line("  stale entry    va {:#x} -> {}{}", finding.va, used_text(finding), whose);
        } else if (finding.verdict != oracle::Verdict::pcid_recycled) {
            line("  may use        {}{}", used_text(finding), whose);
            line("  tables say     {}", tables_text(finding));
        }
        if (is_worth_listing(finding)) add_holders(finding, whose);
        line("  established by {}", cited_text(verdict(), witness.established_by));
        if (has_broken(finding)) line("  broken by      {}", cited_text(verdict(), witness.broken_by));
        line("  {} {}", finding.released ? "released at   " : "used at       ", event_text(verdict(), finding.event));
    }

    /// One translation is told by the stale entry already.
    [[nodiscard]] static bool is_worth_listing(const Finding& finding)
    {
        return finding.holder_count > 1 ||
               (finding.verdict == oracle::Verdict::released_in_use && !finding.holders.empty());
    }

    void add_holders(const Finding& finding, const std::string& whose)
    {
        const std::size_t shown = std::min(finding.holders.size(), most_holders);
        for (std::size_t index = 0; index < shown; ++index) {
            line("  {} {}{}", index == 0 ? "held by       " : "              ", holder_text(finding.holders[index]),
                 whose);
        }
        if (finding.holder_count > shown) line("                 and {} more", finding.holder_count - shown);
    }

    void add_others(const Group& group)
    {
        const std::size_t others = group.findings.size() - 1;
        std::string extent = group.pages > 1 ? fmt::format(", {} pages in all", group.pages) : "";
        if (group.cpus.size() > 1) extent += fmt::format(", {} processors", group.cpus.size());
        line("  and {} more like it{}, the last at event {}{}", others, extent, group.last().event.index,
             place_of(group.last().event));
    }

    /// " (line 7, map.c:12)"
    [[nodiscard]] std::string place_of(const EventText& event) const
    {
        std::string place;
        const TraceLine at = line_of(verdict(), event.index);
        if (at.line != 0) {
            place = verdict().files.size() > 1 ? fmt::format("{}:{}", one_line(at.file), at.line)
                                               : fmt::format("line {}", at.line);
        }
        if (!event.src.empty()) place += fmt::format("{}{}", place.empty() ? "" : ", ", one_line(event.src));
        return place.empty() ? "" : fmt::format(" ({})", place);
    }

    void add_redundant()
    {
        const Some<RedundantInvalidation>& redundant = verdict().redundant_invalidations;
        if (redundant.total == 0) return;
        line("redundant invalidations: in this run, nothing that mattered was removed by");
        const std::vector<RedundantGroup>& groups = run_->redundant;
        for (std::size_t index = 0; index < std::min(groups.size(), most_redundant); ++index)
            add_redundant(groups[index]);
        if (groups.size() > most_redundant) {
            line("  and {} more; --format json lists them", groups.size() - most_redundant);
        }
        if (redundant.total > redundant.kept.size()) {
            line("  of {} only the first {} were looked at", redundant.total, redundant.kept.size());
        }
        add_price(groups);
        line("  Another run may need them: a redundancy speaks of this run only.\n");
    }

    void add_redundant(const RedundantGroup& group)
    {
        const std::string more = group.count > 1 ? fmt::format(" and {} more from this line", group.count - 1) : "";
        const std::string price = group.cycles ? fmt::format(", {} cycles", *group.cycles) : "";
        line("  {}{}{}", event_text(verdict(), group.first->event), more, price);
    }

    void add_price(const std::vector<RedundantGroup>& groups)
    {
        std::uint64_t cycles = 0;
        bool known = false;
        for (const RedundantGroup& group : groups) {
            known = known || group.cycles;
            cycles += group.cycles.value_or(0);
        }
        if (known) {
            line("  {} cycles in all{}", cycles,
                 report_.machine.empty() ? ""
                                         : fmt::format(" on {}, as far as its profile prices them", report_.machine));
        }
    }

    void add_accepted()
    {
        std::size_t told = 0;
        std::size_t left = 0;
        for (const Group& group : run_->groups) {
            if (group.disposition != Disposition::accepted) continue;
            if (told == most_decided) {
                ++left;
                continue;
            }
            if (told++ == 0) line("accepted by comments in the source:");
            line("  {} at {}: {} ({})", name_of(group.verdict), one_line(shown(group.place)), one_line(group.reason),
                 extent_of(group));
        }
        if (left != 0) line("  and {} more", left);
        if (told != 0) text_ += '\n';
    }

    /// What was decided about some of the findings before.
    [[nodiscard]] std::string decided() const
    {
        std::string text;
        for (const auto& [disposition, what] :
             {std::pair{Disposition::known, "known"}, std::pair{Disposition::accepted, "accepted"}}) {
            const std::uint64_t count = run_->count(true, disposition) + run_->count(false, disposition);
            if (count != 0) text += fmt::format(", {} {}", count, what);
        }
        return text;
    }

    void add_summary()
    {
        if (!verdict().judged_something()) {
            line("nothing judged: {}: {}, but no access and no release among them", one_line(run_->title()),
                 counted(verdict().events, "event", "events"));
            return add_doubts();
        }
        const std::string_view word = run_->outcome() == "violations" ? "VIOLATIONS" : run_->outcome();
        line("{}: {}: {}, {}, {}{}", word, one_line(run_->title()),
             counted(verdict().violations.total, "violation", "violations"),
             counted(verdict().warnings.total, "warning", "warnings"),
             counted(verdict().redundant_invalidations.total, "redundant invalidation", "redundant invalidations"),
             decided());
        line("judged {}, {}, {}; vendor {}, every TLB that it permits", counted(verdict().events, "event", "events"),
             counted(verdict().accesses, "access", "accesses"),
             counted(verdict().architectural_faults, "architectural fault", "architectural faults"),
             x86::name_of(verdict().vendor));
        add_doubts();
    }

    void add_doubts()
    {
        if (const std::string doubt = doubt_about_faults(verdict()); !doubt.empty()) line("{}", doubt);
        if (!verdict().last_mark.empty()) line("last mark: \"{}\"", one_line(verdict().last_mark));
        if (verdict().noise != 0) line("skipped as noise: {}", counted(verdict().noise, "line", "lines"));
    }

    void add_stale()
    {
        if (report_.stale.empty()) return;
        line("\nno longer found, though {} has them (--write-baseline FILE leaves them out):",
             one_line(report_.baseline_file));
        for (std::size_t index = 0; index < std::min(report_.stale.size(), most_decided); ++index) {
            const BaselineEntry& entry = report_.stale[index];
            line("  {} at {} [{}]", one_line(entry.kind), one_line(entry.place), one_line(entry.fingerprint));
        }
        if (report_.stale.size() > most_decided) line("  and {} more", report_.stale.size() - most_decided);
    }

    const Report& report_;
    const CheckedRun* run_ = nullptr; ///< that is being written
    std::string text_;
};

} // namespace

std::string text_report(const Report& report) { return Writer{report}.write(); }

std::string group_text(const CheckedRun& run, const Group& group)
{
    const Report none;
    return Writer{none, run}.write(group);
}

} // namespace drywalk::judge
