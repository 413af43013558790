// SPDX-License-Identifier: MIT
#include "sim/judge/causes.hpp"

#include <set>
#include <tuple>

namespace drywalk::judge {

namespace {

using Key = std::tuple<oracle::Verdict, unsigned, std::uint64_t, std::string>;

[[nodiscard]] Key key_of(const TraceVerdict& verdict, const Finding& finding)
{
    if (!finding.witness) return {finding.verdict, finding.cpu, finding.event.index, {}};
    const std::uint64_t broken_by = finding.witness->broken_by;
    const auto cited = verdict.cited.find(broken_by);
    if (cited == verdict.cited.end() || cited->second.src.empty()) return {finding.verdict, finding.cpu, broken_by, {}};
    return {finding.verdict, finding.cpu, 0, cited->second.src};
}

} // namespace

std::vector<Cause> causes_of(const TraceVerdict& verdict, const std::vector<Finding>& findings)
{
    std::vector<Cause> causes;
    std::map<Key, std::size_t> known;
    std::vector<std::set<std::uint64_t>> pages;
    for (const Finding& finding : findings) {
        const auto [at, is_new] = known.try_emplace(key_of(verdict, finding), causes.size());
        if (is_new) {
            causes.push_back({&finding, &finding, 0, 0});
            pages.emplace_back();
        }
        Cause& cause = causes[at->second];
        cause.last = &finding;
        ++cause.findings;
        pages[at->second].insert(finding.va >> page_shift(x86::PageSize::size_4k));
        cause.pages = pages[at->second].size();
    }
    return causes;
}

} // namespace drywalk::judge
