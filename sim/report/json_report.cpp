// SPDX-License-Identifier: MIT
#include "sim/report/json_report.hpp"

#include "sim/judge/verdict.hpp"
#include "sim/output/cycle_groups.hpp"
#include "sim/report/study_notes.hpp"
#include "sim/report/text_report.hpp"
#include "sim/scenario/policy_names.hpp"

#include <nlohmann/json.hpp>

namespace drywalk::report {

namespace {

using Json = nlohmann::ordered_json;
using study::BreakEven;
using study::Row;

Json to_json(const platform::AccessCounts& counts)
{
    return {{"loads", counts.loads}, {"stores", counts.stores}, {"calls", counts.calls}};
}

Json to_json(const machine::Ledger::Line& line) { return {{"cycles", line.cycles}, {"count", line.count}}; }

/// Categories that were never charged are left out.
Json to_json(const machine::Ledger& ledger)
{
    Json categories = Json::object();
    for (const output::CycleCategory& category : output::categories) {
        const machine::LedgerLine& line = category.line(ledger);
        if (line.count != 0) categories[category.name] = to_json(line);
    }
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < machine::served_by_count; ++served) {
            const auto& line = ledger[machine::WalkReference{static_cast<x86::Level>(level + 1),
                                                             static_cast<machine::ServedBy>(served)}];
            if (line.count == 0) continue;
            categories[std::string{"walk_"} + output::level_names[level] + "_" + output::served_by_names[served]] =
                to_json(line);
        }
    }
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < machine::served_by_count; ++served) {
            const auto& line = ledger[machine::NestedReference{static_cast<x86::Level>(level + 1),
                                                               static_cast<machine::ServedBy>(served)}];
            if (line.count == 0) continue;
            categories[std::string{"nested_"} + output::level_names[level] + "_" + output::served_by_names[served]] =
                to_json(line);
        }
    }
    return categories;
}

Json to_json(const platform::Counts& counts)
{
    return {{"pairs", counts.calls_and_halts},
            {"ring3_entries", counts.ring3_entries},
            {"simulated_accesses", counts.simulated_accesses},
            {"accesses", to_json(counts.accesses)},
            {"stale", to_json(counts.stale)},
            {"foreign_marks", to_json(counts.foreign_marks)},
            {"spurious_faults", counts.spurious_faults},
            {"page_faults", counts.page_faults},
            {"l1_tlb_hits", counts.l1_tlb_hits},
            {"l2_tlb_hits", counts.l2_tlb_hits},
            {"walks", counts.walks},
            {"cr3_writes", counts.cr3_writes},
            {"cr4_writes", counts.cr4_writes},
            {"invlpgs", counts.invlpgs}};
}

Json to_json(const platform::JudgeSummary& judge)
{
    Json verdicts = Json::object();
    for (unsigned index = 0; index < oracle::verdict_count; ++index) {
        if (judge.verdicts[index] != 0)
            verdicts[std::string{judge::name_of(static_cast<oracle::Verdict>(index))}] = judge.verdicts[index];
    }
    std::uint64_t redundant = 0;
    for (const auto& each : judge.redundant_invalidations)
        redundant += each.count;
    return {{"events", judge.events},       {"accesses", judge.accesses}, {"violations", judge.violations()},
            {"warnings", judge.warnings()}, {"verdicts", verdicts},       {"redundant_invalidations", redundant}};
}

/// What a row of the capability kernel has besides. Counters are those of the whole program.
void add_capabilities(Json& json, const Row& row)
{
    const study::Unit unit = row.unit();
    Json cycles{{"name", unit.name}, {"count", unit.count}, {"cycles", row.per_unit(row.result.workload_cycles())}};
    if (unit.first) cycles["first"] = *unit.first;
    if (unit.last) cycles["last"] = *unit.last;
    json["unit"] = cycles;
    const platform::Counts& counts = row.result.counts;
    json["counts"]["calls_refused"] = counts.calls_refused;
    json["counts"]["frames_discarded"] = counts.frames_discarded;
    for (unsigned index = 0; index < kernel::counter_count; ++index)
        json["kernel_counters"][scenario::counter_names[index]] = counts.kernel_counters[index];
}

Json to_json(const Row& row)
{
    Json json;
    json["discipline"] = scenario::discipline_name(row.discipline);
    if (row.variant.template_pages) json["template_pages"] = *row.variant.template_pages;
    if (row.variant.switch_percent) json["switch_percent"] = *row.variant.switch_percent;
    for (const scenario::KnobValue& knob : row.variant.knobs)
        json["knobs"][knob.knob] = Json::parse(knob.text);
    json["verdict"] = verdict(row.result.counts);
    if (row.result.judge) json["judge"] = to_json(*row.result.judge);
    json["cycles"] = {{"total", row.result.total_cycles},
                      {"setup", row.result.setup_cycles},
                      {"workload", row.result.workload_cycles()},
                      {"per_pair", row.cycles_per_pair()}};
    json["counts"] = to_json(row.result.counts);
    if (has_capabilities(row.variant.scenario)) add_capabilities(json, row);
    json["workload_categories"] = to_json(row.result.workload_ledger());
    json["setup_categories"] = to_json(row.result.setup_ledger);
    return json;
}

Json to_json(const BreakEven& point)
{
    Json json{{"discipline", scenario::discipline_name(point.discipline)}, {"against", "not_global"}};
    if (point.template_pages) json["template_pages"] = *point.template_pages;
    switch (point.kind) {
    case BreakEven::Kind::always_cheaper: json["cheaper"] = "always"; break;
    case BreakEven::Kind::never_cheaper: json["cheaper"] = "never"; break;
    case BreakEven::Kind::mixed: json["cheaper"] = "sometimes"; break;
    case BreakEven::Kind::crosses: json["cheaper_below_switch_percent"] = point.switch_percent; break;
    }
    return json;
}

template <typename Element>
Json all(const std::vector<Element>& elements)
{
    Json array = Json::array();
    for (const Element& element : elements)
        array.push_back(to_json(element));
    return array;
}

} // namespace

std::string json_report(const study::Study& study, const output::MadeBy& program)
{
    Json document;
    document["drywalk_result"] = 1;
    document["made_by"] = made_by_json(made_by(study, program));
    document["scenario"] = study.scenario.name;
    document["machine"] = study.machine.name;
    if (const auto size = study.scenario.nested_page_size) {
        document["nested"] = {{"host_page_size", machine::host_page_size_name(*size)}};
    }
    document["seed"] = study.scenario.seed;
    if (has_capabilities(study.scenario)) {
        document["core_ghz"] = study.machine.core_ghz;
        document["kernel"] = scenario::describe(study.scenario.policies);
    }
    document["rows"] = all(study.rows);
    if (!study.sweep.empty()) document["sweep"] = all(study.sweep);
    if (!study.break_evens.empty()) document["break_even"] = all(study.break_evens);
    if (const auto notes = study_notes(study); !notes.empty()) document["notes"] = notes;
    document["failed_expectations"] = study.failed_expectations;
    if (!study.dead_runs.empty()) document["dead_runs"] = study.dead_runs;
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace drywalk::report
