// SPDX-License-Identifier: MIT
#include "sim/calibrate/findings.hpp"

#include "sim/calibrate/capacities.hpp"
#include "sim/output/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace drywalk::calibrate {

namespace {

using Verdict = Finding::Verdict;

[[nodiscard]] const ComparedSeries* series_of(const Comparison& comparison, const std::string& name)
{
    const auto found = std::ranges::find(comparison.series, name, &ComparedSeries::name);
    return found == comparison.series.end() ? nullptr : &*found;
}

/// Plateau number `index` of a curve, if it has so many.
[[nodiscard]] const ComparedPlateau* plateau(const ComparedSeries* series, std::size_t index)
{
    return series == nullptr || index >= series->plateaus.size() ? nullptr : &series->plateaus[index];
}

[[nodiscard]] Finding latency(std::string what, const ComparedPlateau* from, double less, double profile)
{
    Finding finding{std::move(what), "", fmt::format("{:.0f} cycles", profile), Verdict::undetermined,
                    "the curve has no such plateau"};
    if (from == nullptr) return finding;
    const double measured = from->measured.cycles - less;
    finding.measured = fmt::format("{:.1f} cycles", measured);
    finding.verdict = std::abs(measured - profile) <= std::max(1.2, 0.1 * profile) ? Verdict::agrees : Verdict::differs;
    finding.remark.clear();
    return finding;
}

/// A curve may leave its plateau before a capacity is reached; then the simulated one should do so as well.
[[nodiscard]] std::string simulated_knee(const ComparedSeries& series, const ComparedPlateau& level)
{
    if (!level.simulated || level.simulated->last + 1 >= series.points.size()) return "";
    return fmt::format("the simulated curve bends after {}", series.points[level.simulated->last].pattern.size);
}

/// Where a plateau ends: between its last point and the next.
[[nodiscard]] Finding capacity(std::string what, const ComparedSeries* series, const ComparedPlateau* level,
                               std::uint64_t profile)
{
    Finding finding{std::move(what), "", std::to_string(profile), Verdict::undetermined, "the curve has no such knee"};
    if (level == nullptr || level->measured.last + 1 >= series->points.size()) return finding;
    const std::uint64_t last = series->points[level->measured.last].pattern.size;
    const std::uint64_t next = series->points[level->measured.last + 1].pattern.size;
    finding.measured = fmt::format("{} to {}", last, next - 1);
    finding.verdict = profile >= last && profile < next ? Verdict::agrees : Verdict::differs;
    finding.remark = finding.verdict == Verdict::agrees ? "" : simulated_knee(*series, *level);
    return finding;
}

/// The plateau of the 4 KiB curve whose loads hit the second-level TLB and, in the data caches, at `data` cycles.
[[nodiscard]] const ComparedPlateau* second_level_plateau(const ComparedSeries* pages, double data, double extra)
{
    if (pages == nullptr) return nullptr;
    for (const ComparedPlateau& each : pages->plateaus) {
        if (std::abs(each.measured.cycles - data - extra) <= std::max(1.5, 0.3 * extra)) return &each;
    }
    return nullptr;
}

[[nodiscard]] const char* verdict_name(Verdict verdict)
{
    switch (verdict) {
    case Verdict::agrees: return "agrees";
    case Verdict::differs: return "differs";
    case Verdict::undetermined: return "not determined";
    }
    return "not determined";
}

[[nodiscard]] std::string large_page_text(const NativeCurves& native)
{
    switch (native.large_pages) {
    case LargePages::usable: return "2 MiB pages: held whole by the TLB; their curve is above\n";
    case LargePages::refused:
        return "2 MiB pages: not determined, the kernel gave none (see /sys/kernel/mm/transparent_hugepage/enabled)\n";
    case LargePages::fragmented: break;
    }
    return "2 MiB pages: not determined. The TLB holds them as 4 KiB pieces, as it does when a hypervisor maps its "
           "guest in 4 KiB pages; a curve of 2 MiB pages would say nothing about a 2 MiB TLB\n";
}

} // namespace

std::vector<Finding> findings_of(const Comparison& comparison, const machine::Profile& profile, bool hypervisor)
{
    const ComparedSeries* const lines = series_of(comparison, "packed_lines");
    const ComparedSeries* const pages = series_of(comparison, "one_line_per_4k_page");
    const machine::HierarchyProfile& caches = profile.memory;
    const double extra = profile.costs.l2_tlb_hit;
    const double l1d = plateau(lines, 0) == nullptr ? caches.l1d.latency : plateau(lines, 0)->measured.cycles;
    const double l2 = plateau(lines, 1) == nullptr ? caches.l2.latency : plateau(lines, 1)->measured.cycles;
    const ComparedPlateau* const in_l1d = second_level_plateau(pages, l1d, extra);
    const ComparedPlateau* const in_l2 = second_level_plateau(pages, l2, extra);
    Finding second_level =
        capacity("L2 data TLB, 4 KiB entries", pages, in_l2, entries_for(profile.l2_data, x86::PageSize::size_4k));
    if (hypervisor && second_level.verdict == Verdict::differs) {
        second_level.verdict = Verdict::undetermined;
        second_level.remark = "entries of a host's tables may lie there too; --nested simulates them";
    }
    return {latency("L1D hit", plateau(lines, 0), 0, caches.l1d.latency),
            capacity("L1D lines", lines, plateau(lines, 0), std::uint64_t{caches.l1d.sets} * caches.l1d.ways),
            latency("L2 hit", plateau(lines, 1), 0, caches.l2.latency),
            capacity("L1 data TLB, 4 KiB entries", pages, plateau(pages, 0),
                     entries_for(profile.l1_data, x86::PageSize::size_4k)),
            latency("L2 TLB hit, data in the L1D", in_l1d, l1d, extra),
            latency("L2 TLB hit, data in the L2", in_l2, l2, extra),
            second_level};
}

std::string findings_text(const std::vector<Finding>& findings, const NativeCurves& native)
{
    output::TextTable table{{"number", "measured", "profile", "verdict", "remark"}};
    table.align_left(3);
    table.align_left(4);
    for (const Finding& each : findings) {
        table.add({each.what, each.measured.empty() ? "-" : each.measured, each.profile, verdict_name(each.verdict),
                   each.remark});
    }
    std::string text = fmt::format("this machine, {:.2f} GHz by dependent additions\n", native.core_ghz) + table.text();
    text += large_page_text(native);
    if (native.hypervisor) {
        text += "a hypervisor runs this machine: walks may be nested, so that plateaus beyond the second-level TLB are "
                "not those of the bare core\n";
    }
    if (!native.pinned) text += "the process could not be pinned to a processor; a migration shows as a bump\n";
    if (native.disturbed != 0) {
        text += fmt::format("{} of {} points were interrupted while they were measured; only their undisturbed pieces "
                            "count\n",
                            native.disturbed, native.curves.points.size());
    }
    text += preemption_warning(native);
    if (!native.complete) text += "time ran out before all points were measured (--seconds gives more)\n";
    return text + "not determined by a chase of loads: replacement policies, index functions, instruction TLBs, the "
                  "sizes of paging-structure caches, costs of instructions\n";
}

} // namespace drywalk::calibrate
