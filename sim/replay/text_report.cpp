// SPDX-License-Identifier: MIT
#include "sim/replay/report.hpp"

#include "sim/machine/machine.hpp"
#include "sim/machine/made_on.hpp"
#include "sim/output/cycle_groups.hpp"
#include "sim/output/text_table.hpp"

#include <fmt/format.h>

namespace drywalk::replay {

namespace {

using output::TextTable;

/// `part` per `unit` of `whole`, or a dash where there is no whole.
[[nodiscard]] std::string ratio(std::uint64_t part, std::uint64_t whole, double unit, int digits)
{
    if (whole == 0) return "-";
    return fmt::format("{:.{}f}", unit * static_cast<double>(part) / static_cast<double>(whole), digits);
}

[[nodiscard]] std::string percent(std::uint64_t part, std::uint64_t whole) { return ratio(part, whole, 100, 2); }

[[nodiscard]] const char* described(PagePolicy policy)
{
    switch (policy) {
    case PagePolicy::small: return "4 KiB pages";
    case PagePolicy::large: return "2 MiB pages";
    case PagePolicy::transparent: break;
    }
    return "4 KiB pages, collapsed into 2 MiB";
}

std::string heading(const ReplayReport& report, output::PageWidth width)
{
    const ReplayCounts& counts = report.result.counts;
    std::string text = fmt::format("replay of {} ({} trace)\n", report.trace, name_of(report.format));
    text += made_by_text(made_by(report), width);
    if (report.partial) {
        text += fmt::format("PARTIAL: interrupted after {} records{}\n", counts.records,
                            report.options.warmup_records == 0 ? " of the trace" : " that count");
    }
    const std::uint64_t warmup = report.options.warmup_records;
    if (report.limited) {
        text += fmt::format("the first {} records of the trace, as --limit asks\n", warmup + counts.records);
    }
    if (warmup != 0) {
        text += fmt::format("warm-up: the first {} records fill TLBs, caches and memory and are not counted below, but "
                            "for the footprint\n",
                            warmup);
    }
    if (report.cut_short) text += "the recording of this trace was interrupted: it is not the whole program\n";
    text += fmt::format("\n{} references: {} fetches, {} loads, {} stores; {} cross a 4 KiB boundary\n",
                        counts.references(), counts.fetches, counts.loads, counts.stores, counts.split);
    return text;
}

std::string memory_section(const ReplayCounts& counts)
{
    const PagerCounts& pager = counts.pager;
    const std::uint64_t kib = pager.small_pages * 4 + pager.large_pages * 2048;
    std::string text = fmt::format("footprint {} KiB: {} pages of 4 KiB, {} of 2 MiB; {} page-table pages\n", kib,
                                   pager.small_pages, pager.large_pages, pager.tables);
    text += fmt::format("{} page faults", counts.page_faults);
    if (pager.collapses != 0) {
        text += fmt::format(", {} regions collapsed into 2 MiB pages, {} INVLPGs", pager.collapses, counts.invlpgs);
    }
    return text + "\n";
}

void add_tlb(TextTable& table, const char* name, const TlbCounts& counts, std::uint64_t references)
{
    const std::uint64_t l1_misses = counts.l2_hits + counts.misses;
    table.add({name, std::to_string(counts.lookups), std::to_string(counts.l1_hits()), std::to_string(counts.l2_hits),
               std::to_string(counts.misses), ratio(l1_misses, references, 1000, 3),
               ratio(counts.misses, references, 1000, 3)});
}

std::string tlb_table(const ReplayCounts& counts)
{
    TextTable table{{"TLB", "lookups", "L1 hits", "L2 hits", "misses", "L1 misses per 1000", "misses per 1000"}};
    TlbCounts all = counts.data_tlb;
    all.lookups += counts.fetch_tlb.lookups;
    all.l2_hits += counts.fetch_tlb.l2_hits;
    all.misses += counts.fetch_tlb.misses;
    add_tlb(table, "data", counts.data_tlb, counts.loads + counts.stores);
    add_tlb(table, "fetch", counts.fetch_tlb, counts.fetches);
    add_tlb(table, "all", all, counts.references());
    return table.text() + "per 1000 references of the row; not per 1000 instructions (MPKI)\n";
}

std::string host_section(const ReplayReport& report)
{
    if (!report.options.host_page_size) return "";
    const HostCounts& host = report.result.counts.host;
    const std::uint64_t entries = report.result.ledger.nested_walks().count;
    const std::uint64_t walks = report.result.counts.walks.walks;
    std::string text =
        fmt::format("for them {} guest-physical addresses: {} hits of the nested TLB ({} %), {} host "
                    "walks, {} host table entries read\n",
                    host.lookups, host.tlb_hits(), percent(host.tlb_hits(), host.lookups), host.walks, entries);
    return text + fmt::format("guest's and host's entries together: {} a page walk, {} at most\n",
                              ratio(report.result.ledger.walks().count + entries, walks, 1, 3),
                              most_entries_a_walk(report.options));
}

/// Why walks that find no page may be more than page faults.
std::string fault_line(const ReplayReport& report)
{
    const ReplayCounts& counts = report.result.counts;
    std::string text = fmt::format("{} of the walks found no translation, which led to {} page faults\n",
                                   counts.walks.faulted, counts.page_faults);
    if (counts.walks.faulted <= counts.page_faults) return text;
    return text + "  two walks for a fault: where a cached entry led to an entry that is not present, this machine "
                  "walks again from\n  the root before it faults (walks_again_when_denied)\n";
}

std::string walk_section(const ReplayReport& report)
{
    const ReplayResult& result = report.result;
    const WalkCounts& walks = result.counts.walks;
    std::string text = fmt::format("{} page walks, {} table entries read: {} per walk\n", walks.walks,
                                   result.ledger.walks().count, ratio(result.ledger.walks().count, walks.walks, 1, 3));
    text += fault_line(report) + host_section(report);
    TextTable table{{"walks begin", "walks", "%"}};
    constexpr std::array<const char*, x86::four_level_count> names{
        "at the PTE: the PDE cache hit", "at the PDE: the PDPTE cache hit", "at the PDPTE: the PML4E cache hit",
        "at the root: no cache hit"};
    for (unsigned level = 0; level < x86::four_level_count; ++level) {
        const std::uint64_t count = walks.began_at[level];
        table.add({names[level], std::to_string(count), percent(count, walks.walks)});
    }
    return text + table.text();
}

/// `Reference` says whose tables: the walk's own, or the host's.
template <typename Reference>
void add_reads(TextTable& table, const char* whose, const machine::Ledger& ledger)
{
    for (unsigned level = 0; level < x86::four_level_count; ++level) {
        std::vector<std::string> cells{fmt::format("{}{} reads", whose, output::level_names[level])};
        for (unsigned served = 0; served < machine::served_by_count; ++served) {
            const Reference reference{static_cast<x86::Level>(level + 1), static_cast<machine::ServedBy>(served)};
            cells.push_back(std::to_string(ledger[reference].count));
        }
        table.add(cells);
    }
}

std::string served_table(const ReplayReport& report)
{
    const ReplayResult& result = report.result;
    TextTable table{{"served by", "L1D", "L2", "L3", "DRAM"}};
    add_reads<machine::WalkReference>(table, "", result.ledger);
    if (report.options.host_page_size) add_reads<machine::NestedReference>(table, "host's ", result.ledger);
    std::vector<std::string> data{"program's data"};
    for (const std::uint64_t count : result.counts.user_served_by)
        data.push_back(std::to_string(count));
    table.add(data);
    return table.text();
}

void add_cycles(TextTable& table, const std::string& name, const machine::Ledger::Line& line,
                const ReplayResult& result)
{
    if (line.count == 0) return;
    table.add({name, std::to_string(line.cycles), percent(line.cycles, result.total_cycles),
               ratio(line.cycles, result.counts.references(), 1, 4), std::to_string(line.count)});
}

std::string cycle_table(const ReplayResult& result)
{
    TextTable table{{"cycles", "cycles", "%", "per reference", "times"}};
    for (const output::CycleCategory& category : output::categories)
        add_cycles(table, category.name, category.line(result.ledger), result);
    add_cycles(table, "page-walk reads", result.ledger.walks(), result);
    add_cycles(table, "host's page-walk reads", result.ledger.nested_walks(), result);
    table.add({"total", std::to_string(result.total_cycles), percent(result.total_cycles, result.total_cycles),
               ratio(result.total_cycles, result.counts.references(), 1, 4), ""});
    return table.text();
}

std::string translation_note(const ReplayResult& result)
{
    const std::uint64_t steady = result.total_cycles - result.paging_cycles();
    return fmt::format("address translation takes {} % of the {} cycles outside page faults, {} cycles per reference\n",
                       percent(result.translation_cycles(), steady), steady,
                       ratio(result.translation_cycles(), result.counts.references(), 1, 4));
}

} // namespace

const char* name_of(PagePolicy policy)
{
    constexpr std::array<const char*, 3> names{"4k", "2m", "thp"};
    return names[static_cast<unsigned>(policy)];
}

output::MadeBy made_by(const ReplayReport& report)
{
    output::MadeBy result = report.program;
    machine::add_machine(result, *report.machine);
    const ReplayOptions& options = report.options;
    result.host_page_size = options.host_page_size ? machine::host_page_size_name(*options.host_page_size) : "";
    result.seed = options.seed;
    result.workload = fmt::format("the references of {} in {}", report.trace, described(options.pages));
    if (options.host_page_size) result.workload += fmt::format(", guest of {} GiB", options.guest_bytes >> 30);
    return result;
}

std::string text_report(const ReplayReport& report, output::PageWidth width)
{
    return heading(report, width) + memory_section(report.result.counts) + "\n" + tlb_table(report.result.counts) +
           "\n" + walk_section(report) + "\n" + served_table(report) + "\n" + cycle_table(report.result) + "\n" +
           translation_note(report.result) +
           output::wrapped(assumptions(*report.machine, report.options.host_page_size.has_value()), width, 0, 2);
}

} // namespace drywalk::replay
