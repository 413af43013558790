// SPDX-License-Identifier: MIT
#include "sim/report/unit_columns.hpp"

#include "sim/output/cycle_groups.hpp"
#include "sim/output/text_table.hpp"
#include "sim/report/text_report.hpp"

#include <fmt/format.h>

namespace drywalk::report {

namespace {

using kernel::Counter;
using machine::Machine;
using study::Row;

[[nodiscard]] std::string shown(const std::optional<std::uint64_t>& cycles)
{
    return cycles ? std::to_string(*cycles) : "-";
}

[[nodiscard]] Column counter(const char* heading, Counter which)
{
    return {heading, [which](const Row& row, const Machine&) {
                return std::to_string(row.result.counts.kernel_counters[static_cast<std::size_t>(which)]);
            }};
}

[[nodiscard]] Column count(const char* heading, std::uint64_t platform::Counts::*which)
{
    return {heading, [which](const Row& row, const Machine&) { return std::to_string(row.result.counts.*which); }};
}

[[nodiscard]] Column mean_cycles(std::string heading)
{
    return {std::move(heading), [](const Row& row, const Machine&) {
                return fmt::format("{:.1f}", row.per_unit(row.result.workload_cycles()));
            }};
}

} // namespace

std::string microseconds(double cycles, const Machine& machine)
{
    return machine.core_ghz == 0 ? "-" : fmt::format("{:.2f}", cycles / (machine.core_ghz * 1000));
}

std::vector<Column> cost_columns(const char* unit)
{
    using platform::Counts;
    return {
        {"cycles", [](const Row& row, const Machine&) { return std::to_string(row.result.workload_cycles()); }},
        mean_cycles(fmt::format("cycles/{}", unit)),
        {"first", [](const Row& row, const Machine&) { return shown(row.unit().first); }},
        {"last", [](const Row& row, const Machine&) { return shown(row.unit().last); }},
        {fmt::format("us/{}", unit),
         [](const Row& row, const Machine& machine) {
             return microseconds(row.per_unit(row.result.workload_cycles()), machine);
         }},
        {"us, last",
         [](const Row& row, const Machine& machine) {
             const auto last = row.unit().last;
             return last ? microseconds(static_cast<double>(*last), machine) : "-";
         }},
        count("ring-3 entries", &Counts::ring3_entries),
        count("page faults", &Counts::page_faults),
        counter("CoW faults", Counter::copy_on_writes),
        counter("pages copied", Counter::pages_copied),
        counter("zeroed", Counter::pages_zeroed),
        counter("tables allocated", Counter::tables_allocated),
        count("INVLPGs", &Counts::invlpgs),
        count("CR3 writes", &Counts::cr3_writes),
        {"on this TLB", [](const Row& row, const Machine&) { return on_this_tlb(row.result.counts); }, true},
        {"on every permitted TLB", [](const Row& row, const Machine&) { return judgement(row.result); }, true},
    };
}

std::vector<Column> cycle_columns()
{
    std::vector<Column> columns;
    for (const output::CycleGroup& group : output::cycle_groups) {
        columns.push_back({group.name, [&group](const Row& row, const Machine&) {
                               return fmt::format("{:.1f}", row.per_unit(group.cycles(row.result.workload_ledger())));
                           }});
    }
    columns.push_back(mean_cycles("sum"));
    return columns;
}

std::string table_of(const std::vector<Row>& rows, const std::vector<Column>& columns, const Machine& machine,
                     output::PageWidth width)
{
    if (rows.empty()) return "";
    std::vector<std::string> heading;
    for (const scenario::KnobValue& knob : rows.front().variant.knobs)
        heading.push_back(knob.knob);
    heading.emplace_back("discipline");
    const std::size_t left = heading.size();
    for (const Column& column : columns)
        heading.push_back(column.heading);
    output::TextTable table{heading, left};
    for (std::size_t index = 1; index < heading.size(); ++index) {
        if (index >= left && columns[index - left].words) table.align_left(index);
    }
    for (const Row& row : rows) {
        std::vector<std::string> cells;
        for (const scenario::KnobValue& knob : row.variant.knobs)
            cells.push_back(knob.value);
        cells.emplace_back(scenario::discipline_name(row.discipline));
        for (const Column& column : columns)
            cells.push_back(column.cell(row, machine));
        table.add(cells);
    }
    return table.text(2, width);
}

} // namespace drywalk::report
