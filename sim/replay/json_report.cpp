// SPDX-License-Identifier: MIT
#include "sim/replay/report.hpp"

#include "sim/machine/machine.hpp"
#include "sim/output/cycle_groups.hpp"

#include <nlohmann/json.hpp>

namespace drywalk::replay {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const TlbCounts& counts)
{
    return {{"lookups", counts.lookups},
            {"l1_hits", counts.l1_hits()},
            {"l2_hits", counts.l2_hits},
            {"misses", counts.misses}};
}

Json per_level(const std::array<std::uint64_t, x86::four_level_count>& counts)
{
    Json json = Json::object();
    for (unsigned level = 0; level < x86::four_level_count; ++level)
        json[output::level_names[level]] = counts[level];
    return json;
}

Json per_cache(const std::array<std::uint64_t, machine::served_by_count>& counts)
{
    Json json = Json::object();
    for (unsigned served = 0; served < machine::served_by_count; ++served)
        json[output::served_by_names[served]] = counts[served];
    return json;
}

/// `Reference` says whose tables: the walk's own, or the host's.
template <typename Reference>
const machine::Ledger::Line& line_of(const machine::Ledger& ledger, unsigned level, unsigned served)
{
    return ledger[Reference{static_cast<x86::Level>(level + 1), static_cast<machine::ServedBy>(served)}];
}

template <typename Reference>
Json table_reads(const machine::Ledger& ledger)
{
    Json json = Json::object();
    for (unsigned level = 0; level < x86::four_level_count; ++level) {
        std::array<std::uint64_t, machine::served_by_count> counts{};
        for (unsigned served = 0; served < machine::served_by_count; ++served)
            counts[served] = line_of<Reference>(ledger, level, served).count;
        json[output::level_names[level]] = per_cache(counts);
    }
    return json;
}

Json to_json(const machine::Ledger::Line& line) { return {{"cycles", line.cycles}, {"count", line.count}}; }

template <typename Reference>
void add_reads(Json& json, const char* prefix, const machine::Ledger& ledger)
{
    for (unsigned level = 0; level < x86::four_level_count; ++level) {
        for (unsigned served = 0; served < machine::served_by_count; ++served) {
            const auto& line = line_of<Reference>(ledger, level, served);
            if (line.count == 0) continue;
            json[std::string{prefix} + output::level_names[level] + "_" + output::served_by_names[served]] =
                to_json(line);
        }
    }
}

/// Categories that were never charged are left out.
Json categories(const machine::Ledger& ledger)
{
    Json json = Json::object();
    for (const output::CycleCategory& category : output::categories) {
        const machine::LedgerLine& line = category.line(ledger);
        if (line.count != 0) json[category.name] = to_json(line);
    }
    add_reads<machine::WalkReference>(json, "walk_", ledger);
    add_reads<machine::NestedReference>(json, "nested_", ledger);
    return json;
}

Json references(const ReplayCounts& counts)
{
    return {{"records", counts.records}, {"all", counts.references()}, {"fetches", counts.fetches},
            {"loads", counts.loads},     {"stores", counts.stores},    {"split", counts.split}};
}

Json memory(const ReplayCounts& counts)
{
    return {{"small_pages", counts.pager.small_pages}, {"large_pages", counts.pager.large_pages},
            {"table_pages", counts.pager.tables},      {"page_faults", counts.page_faults},
            {"collapses", counts.pager.collapses},     {"invlpgs", counts.invlpgs}};
}

Json walks(const ReplayResult& result)
{
    const WalkCounts& counts = result.counts.walks;
    return {{"all", counts.walks},
            {"faulted", counts.faulted},
            {"entries_read", result.ledger.walks().count},
            {"began_at", per_level(counts.began_at)},
            {"served_by", table_reads<machine::WalkReference>(result.ledger)}};
}

Json host_walks(const ReplayResult& result)
{
    const HostCounts& counts = result.counts.host;
    return {{"lookups", counts.lookups},
            {"tlb_hits", counts.tlb_hits()},
            {"all", counts.walks},
            {"entries_read", result.ledger.nested_walks().count},
            {"served_by", table_reads<machine::NestedReference>(result.ledger)}};
}

/// What the program runs on, if not on the machine itself.
Json nested(const ReplayOptions& options)
{
    return {{"host_page_size", machine::host_page_size_name(*options.host_page_size)},
            {"guest_memory_gib", options.guest_bytes >> 30},
            {"most_entries_a_walk", most_entries_a_walk(options)}};
}

} // namespace

std::string json_report(const ReplayReport& report)
{
    const ReplayCounts& counts = report.result.counts;
    const machine::Ledger& ledger = report.result.ledger;
    Json document;
    document["drywalk_replay"] = 1;
    document["made_by"] = made_by_json(made_by(report));
    document["trace"] = report.trace;
    document["input_format"] = name_of(report.format);
    document["machine"] = report.machine->name;
    document["pages"] = name_of(report.options.pages);
    document["seed"] = report.options.seed;
    document["warmup_records"] = report.options.warmup_records;
    if (report.options.host_page_size) document["nested"] = nested(report.options);
    document["partial"] = report.partial;
    document["limited"] = report.limited;
    document["recording_cut_short"] = report.cut_short;
    document["references"] = references(counts);
    document["memory"] = memory(counts);
    document["tlb"] = {{"data", to_json(counts.data_tlb)}, {"fetch", to_json(counts.fetch_tlb)}};
    document["walks"] = walks(report.result);
    if (report.options.host_page_size) document["host_walks"] = host_walks(report.result);
    document["data_served_by"] = per_cache(counts.user_served_by);
    document["cycles"] = {{"total", report.result.total_cycles},
                          {"user_access", ledger[machine::PlatformCategory::user_access].cycles},
                          {"translation", report.result.translation_cycles()},
                          {"paging", report.result.paging_cycles()},
                          {"categories", categories(ledger)}};
    document["assumed_numbers"] = assumed_count(*report.machine);
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace drywalk::replay
