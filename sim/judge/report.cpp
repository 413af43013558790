// SPDX-License-Identifier: MIT
#include "sim/judge/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace drywalk::judge {

CheckedRun::CheckedRun(TraceVerdict judged, std::string discipline_name, std::span<const std::string> reasons)
    : verdict{std::move(judged)}, discipline{std::move(discipline_name)}, groups{groups_of(verdict, reasons)},
      redundant{redundant_groups_of(verdict)}
{
}

std::string CheckedRun::title() const
{
    return discipline.empty() ? verdict.file : fmt::format("{} ({})", verdict.file, discipline);
}

std::string_view CheckedRun::outcome() const
{
    if (!verdict.judged_something()) return "nothing judged";
    if (verdict.clean()) return "clean";
    return fresh(true) == 0 ? "nothing new" : "violations";
}

std::uint64_t CheckedRun::count(bool violations, Disposition disposition) const
{
    std::uint64_t sum = 0;
    for (const Group& group : groups) {
        if (group.is_violation == violations && group.disposition == disposition) sum += group.findings.size();
    }
    return sum;
}

std::uint64_t CheckedRun::fresh(bool violations) const
{
    const std::uint64_t total = violations ? verdict.violations.total : verdict.warnings.total;
    return total - count(violations, Disposition::known) - count(violations, Disposition::accepted);
}

Report::Report(TraceVerdict verdict) { runs.emplace_back(std::move(verdict)); }

bool Report::failed() const
{
    return std::ranges::any_of(
        runs, [&](const CheckedRun& run) { return run.fresh(true) != 0 || (strict && run.fresh(false) != 0); });
}

std::uint64_t Report::count(bool violations, Disposition disposition) const
{
    std::uint64_t sum = 0;
    for (const CheckedRun& run : runs)
        sum += run.count(violations, disposition);
    return sum;
}

void Report::compare_with(const Baseline& baseline)
{
    std::set<std::pair<std::string, std::string>> known; // discipline and fingerprint
    for (const BaselineEntry& entry : baseline.entries)
        known.insert({entry.discipline, entry.fingerprint});
    std::set<std::pair<std::string, std::string>> found;
    for (CheckedRun& run : runs) {
        for (Group& group : run.groups) {
            const std::pair key{run.discipline, group.fingerprint};
            if (!known.contains(key)) continue;
            found.insert(key);
            if (group.disposition == Disposition::fresh) group.disposition = Disposition::known;
        }
    }
    for (const BaselineEntry& entry : baseline.entries) {
        if (!found.contains({entry.discipline, entry.fingerprint})) stale.push_back(entry);
    }
}

Baseline baseline_of(const Report& report)
{
    Baseline baseline;
    for (const CheckedRun& run : report.runs) {
        for (const Group& group : run.groups) {
            if (group.disposition == Disposition::accepted) continue;
            baseline.entries.push_back({group.fingerprint, std::string{name_of(group.verdict)}, shown(group.place),
                                        group.first().event.src, run.discipline});
        }
    }
    return baseline;
}

} // namespace drywalk::judge
