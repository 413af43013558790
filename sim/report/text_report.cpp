// SPDX-License-Identifier: MIT
#include "sim/report/text_report.hpp"

#include "sim/judge/wording.hpp"
#include "sim/machine/made_on.hpp"
#include "sim/output/cycle_groups.hpp"
#include "sim/output/text_table.hpp"
#include "sim/report/study_notes.hpp"
#include "sim/report/unit_columns.hpp"
#include "sim/scenario/policy_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace drywalk::report {

namespace {

using kernel::Discipline;
using scenario::discipline_name;
using study::BreakEven;
using study::Row;
using study::Study;

const char* kind_name(kernel::MappingKind kind)
{
    using enum kernel::MappingKind;
    switch (kind) {
    case pinned: return "pinned";
    case persistent: return "persistent";
    case ephemeral: return "ephemeral";
    }
    return "";
}

std::string memory_of(const scenario::Image& image)
{
    std::string text;
    for (const scenario::Mapping& mapping : image.memory)
        text += fmt::format(", {} {} KiB", kind_name(mapping.kind), mapping.bytes() / 1024);
    return text;
}

std::string pairs_text(const scenario::PairWorkload& pairs)
{
    return fmt::format("{}, Image switches in {} % of them",
                       judge::counted(pairs.pairs, "CALL/HALT pair", "CALL/HALT pairs"), pairs.switch_percent);
}

std::string heading(const Study& study, const output::MadeBy& program, output::PageWidth width)
{
    std::string text = output::wrapped(study.scenario.name + ": " + study.scenario.summary, width, 0, 2);
    text += made_by_text(made_by(study, program), width);
    for (const scenario::Image& image : study.scenario.images) {
        text += fmt::format("  image {}: template of {} code + {} data {} of {}{}\n", one_line(image.name),
                            image.code_pages, image.data_pages,
                            image.code_pages + image.data_pages == 1 ? "leaf" : "leaves",
                            image.page_size == x86::PageSize::size_4k ? "4 KiB" : "2 MiB", memory_of(image));
    }
    if (has_capabilities(study.scenario)) {
        text += output::wrapped("kernel: " + scenario::describe(study.scenario.policies), width, 2, 4);
    }
    return text;
}

/// The cheapest way to say "how much dearer than not_global".
std::string against(const Row& row, const std::vector<Row>& rows)
{
    const auto reference = std::ranges::find(rows, Discipline::not_global, &Row::discipline);
    if (reference == rows.end() || row.discipline == Discipline::not_global) return "-";
    return fmt::format("{:+.1f}", row.cycles_per_pair() - reference->cycles_per_pair());
}

std::string hazard_table(const Study& study, output::PageWidth width)
{
    output::TextTable table{{"discipline", "on this TLB", "on every permitted TLB", "stale reads", "stale writes",
                             "stale executions", "page faults", "INVLPGs", "CR3 writes", "cycles/pair",
                             "vs not_global"}};
    table.align_left(1);
    table.align_left(2);
    for (const Row& row : study.rows) {
        const platform::Counts& counts = row.result.counts;
        table.add({discipline_name(row.discipline), on_this_tlb(counts), judgement(row.result),
                   std::to_string(counts.stale.loads), std::to_string(counts.stale.stores),
                   std::to_string(counts.stale.calls), std::to_string(counts.page_faults),
                   std::to_string(counts.invlpgs), std::to_string(counts.cr3_writes),
                   fmt::format("{:.1f}", row.cycles_per_pair()), against(row, study.rows)});
    }
    return table.text(2, width);
}

std::string cycle_table(const Study& study, output::PageWidth width)
{
    std::vector<std::string> names{"cycles/pair"};
    for (const output::CycleGroup& group : output::cycle_groups)
        names.emplace_back(group.name);
    names.emplace_back("sum");
    output::TextTable table{names};
    for (const Row& row : study.rows) {
        const machine::Ledger ledger = row.result.workload_ledger();
        std::vector<std::string> cells{discipline_name(row.discipline)};
        for (const output::CycleGroup& group : output::cycle_groups) {
            cells.push_back(fmt::format("{:.1f}", row.per_pair(group.cycles(ledger))));
        }
        cells.push_back(fmt::format("{:.1f}", row.per_pair(ledger.total_cycles())));
        table.add(cells);
    }
    return table.text(2, width);
}

/// Which points of the sweep stand in one table: those with the same template.
using Pages = std::optional<std::uint32_t>;

std::string sweep_table(const Study& study, const Pages& pages, output::PageWidth width)
{
    std::vector<std::string> heading{"Image switches, % of pairs"};
    std::map<std::pair<Discipline, std::string>, std::string> costs; // by the percentage, as the heading has it
    for (const Row& row : study.sweep) {
        if (row.variant.template_pages != pages) continue;
        const std::string percent = row.variant.switch_percent ? fmt::format("{}", *row.variant.switch_percent) : "-";
        if (std::ranges::find(heading, percent) == heading.end()) heading.push_back(percent);
        costs[{row.discipline, percent}] = fmt::format("{:.1f}", row.cycles_per_pair());
    }
    output::TextTable table{heading};
    for (const Row& row : study.rows) {
        std::vector<std::string> cells{discipline_name(row.discipline)};
        for (std::size_t column = 1; column < heading.size(); ++column) {
            const auto found = costs.find({row.discipline, heading[column]});
            cells.push_back(found == costs.end() ? "(died)" : found->second);
        }
        table.add(cells);
    }
    return table.text(2, width);
}

/// The sweep over knobs: costs, then where the cycles go.
std::string knobs_text(const Study& study, output::PageWidth width)
{
    const char* const unit = study.sweep.front().unit().name;
    return fmt::format("\nWhat each combination of knobs costs\n{}\nWhere the cycles of a {} go\n{}",
                       table_of(study.sweep, cost_columns(unit), study.machine, width), unit,
                       table_of(study.sweep, cycle_columns(), study.machine, width));
}

std::vector<Pages> swept_pages(const Study& study)
{
    std::vector<Pages> all;
    for (const Row& row : study.sweep) {
        if (all.empty() || all.back() != row.variant.template_pages) all.push_back(row.variant.template_pages);
    }
    return all;
}

std::string describe(const BreakEven& point)
{
    const std::string name = discipline_name(point.discipline);
    switch (point.kind) {
    case BreakEven::Kind::always_cheaper: return name + ": cheaper than not_global at every switch rate simulated";
    case BreakEven::Kind::never_cheaper: return name + ": never cheaper than not_global";
    case BreakEven::Kind::mixed: return name + ": cheaper than not_global at some switch rates only, see the table";
    case BreakEven::Kind::crosses: break;
    }
    return fmt::format("{}: cheaper than not_global below {:.1f} % Image switches, dearer above", name,
                       point.switch_percent);
}

std::string sweep_text(const Study& study, output::PageWidth width)
{
    std::string text;
    if (!study.sweep.empty() && !study.sweep.front().variant.knobs.empty()) return knobs_text(study, width);
    for (const Pages& pages : swept_pages(study)) {
        const std::string where = pages ? fmt::format(", {} code pages a template", *pages) : "";
        text += fmt::format("\nCycles per CALL/HALT pair by Image-switch rate{}\n{}", where,
                            sweep_table(study, pages, width));
        text += "Break-even against not_global\n";
        for (const BreakEven& point : study.break_evens) {
            if (point.template_pages == pages) text += output::wrapped(describe(point), width, 2, 4);
        }
    }
    return text;
}

std::string pair_tables(const Study& study, output::PageWidth width)
{
    return "\nWhat each discipline lets through, and what it costs\n" + hazard_table(study, width) +
           "\nWhere the cycles of a CALL/HALT pair go\n" + cycle_table(study, width);
}

std::string unit_tables(const Study& study, output::PageWidth width)
{
    const study::Unit unit = study.rows.front().unit();
    return fmt::format("\nWhat {} {}{} cost\n{}\nWhere the cycles of a {} go\n{}", unit.count, unit.name,
                       unit.count == 1 ? "" : "s", table_of(study.rows, cost_columns(unit.name), study.machine, width),
                       unit.name, table_of(study.rows, cycle_columns(), study.machine, width));
}

std::string judge_section(const Study& study, output::PageWidth width)
{
    std::string text;
    for (const Row& row : study.rows)
        text += judge_text(row, width);
    return text.empty() ? "" : "\nWhat the judge found\n" + text;
}

/// A CALL that was refused and a frame that was discarded did not do the work that was asked for.
std::string losses(const std::vector<Row>& rows)
{
    std::string text;
    for (const Row& row : rows) {
        const platform::Counts& counts = row.result.counts;
        if (counts.calls_refused + counts.frames_discarded == 0) continue;
        std::string where = discipline_name(row.discipline);
        for (const scenario::KnobValue& knob : row.variant.knobs)
            where += fmt::format(", {} {}", knob.knob, knob.value);
        text += fmt::format("  {}: {} CALLs were refused, {} frames were discarded\n", where, counts.calls_refused,
                            counts.frames_discarded);
    }
    return text;
}

std::string notes(const Study& study, output::PageWidth width)
{
    std::string text = "\nNotes\n" + output::wrapped("A concrete TLB hides what it evicts and never speculates: \"not "
                                                     "observed\" is no proof of safety.",
                                                     width, 2, 2);
    if (study.scenario.nested_page_size) {
        text += "  The kernel runs as a guest. Page walks contain those of its host.\n";
    }
    text += output::wrapped(assumptions(study.machine, study.scenario.nested_page_size.has_value()), width, 2, 4);
    for (const std::string& note : study_notes(study))
        text += output::wrapped(note, width, 2, 4);
    return text + losses(study.rows) + losses(study.sweep);
}

std::uint64_t stale_uses(const platform::Counts& counts)
{
    return counts.stale.loads + counts.stale.stores + counts.stale.calls;
}

} // namespace

std::string workload_text(const scenario::Workload& workload)
{
    if (workload.pairs) return pairs_text(*workload.pairs);
    if (workload.recursion)
        return fmt::format("a recursion {} frames deep, {} times", workload.recursion->depth,
                           workload.recursion->repeat);
    if (workload.calls) return fmt::format("{} calls of one Instance", workload.calls->calls);
    if (workload.service) {
        return fmt::format("{} requests, each writes {} % of the pages and reads {} % of the others",
                           workload.service->requests, workload.service->dirty_percent, workload.service->read_percent);
    }
    return fmt::format("{} operations written out", workload.steps.size() + workload.operations.size());
}

std::string on_this_tlb(const platform::Counts& counts)
{
    const std::uint64_t stale = stale_uses(counts);
    return stale == 0 ? "not observed" : "STALE: " + judge::counted(stale, "use", "uses");
}

std::string verdict(const platform::Counts& counts)
{
    return stale_uses(counts) == 0 ? "not observed on this TLB" : on_this_tlb(counts);
}

output::MadeBy made_by(const Study& study, const output::MadeBy& program)
{
    output::MadeBy result = program;
    machine::add_machine(result, study.machine);
    if (const auto size = study.scenario.nested_page_size) result.host_page_size = machine::host_page_size_name(*size);
    result.seed = study.scenario.seed;
    result.workload = workload_text(study.scenario.workload);
    return result;
}

const char* refusal_text(kernel::Refusal refusal)
{
    using kernel::Refusal;
    switch (refusal) {
    case Refusal::none: return "nothing is wrong";
    case Refusal::bad_program: return "the workload program is malformed";
    case Refusal::out_of_memory: return "the frame pool is exhausted; give it more memory_bytes";
    case Refusal::call_too_deep: return "CALL nests deeper than 64 frames";
    case Refusal::nothing_to_halt: return "HALT without a frame";
    case Refusal::not_running: return "RUN without a frame";
    case Refusal::unexpected_exit: return "ring 3 was left in an unexpected way";
    }
    return "";
}

std::string text_report(const Study& study, const output::MadeBy& program, output::PageWidth width)
{
    std::string text = heading(study, program, width);
    text += has_capabilities(study.scenario) ? unit_tables(study, width) : pair_tables(study, width);
    text += judge_section(study, width) + sweep_text(study, width) + notes(study, width);
    if (!study.dead_runs.empty()) text += "\nRuns that are missing above\n";
    for (const std::string& run : study.dead_runs)
        text += output::wrapped(run, width, 2, 4);
    if (!study.scenario.expectations.empty()) {
        text += study.failed_expectations.empty() ? "\nAll expectations of the scenario hold.\n"
                                                  : "\nFailed expectations\n";
        for (const std::string& failure : study.failed_expectations)
            text += "  " + failure + "\n";
    }
    return text;
}

} // namespace drywalk::report
