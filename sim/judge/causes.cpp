// SPDX-License-Identifier: MIT
#include "sim/judge/causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace drywalk::judge {

namespace {

/// The source of an event that a finding refers to; empty if it has none or is not known.
[[nodiscard]] std::string_view source_of(const TraceVerdict& verdict, std::optional<std::uint64_t> index)
{
    if (!index) return {};
    const auto found = verdict.cited.find(*index);
    return found == verdict.cited.end() ? std::string_view{} : std::string_view{found->second.src};
}

/// FNV-1a, in 16 hexadecimal digits.
[[nodiscard]] std::string hash_of(std::string_view text)
{
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (const char character : text)
        hash = (hash ^ static_cast<unsigned char>(character)) * 0x100'0000'01b3;
    return fmt::format("{:016x}", hash);
}

/// From the kind, the line to fix and the line that may go wrong. Where an event has no source line, from what it is.
[[nodiscard]] std::string fingerprint_of(const TraceVerdict& verdict, const Finding& finding)
{
    const bool has_place = !source_of(verdict, cause_of(finding)).empty() || !finding.event.src.empty();
    const std::string cause = has_place ? shown(place_to_fix(verdict, finding)) : "";
    const std::string& use = finding.event.src.empty() ? finding.event.what : finding.event.src;
    return hash_of(fmt::format("{}\n{}\n{}", name_of(finding.verdict), cause, use));
}

class Grouping {
public:
    Grouping(const TraceVerdict& verdict, std::span<const std::string> reasons) : verdict_{verdict}, reasons_{reasons}
    {
        add(verdict.violations.kept, true);
        add(verdict.warnings.kept, false);
        for (Group& group : groups_)
            complete(group);
        number_equal_fingerprints();
    }

    [[nodiscard]] std::vector<Group> take() { return std::move(groups_); }

private:
    using Key = std::tuple<bool, oracle::Verdict, std::uint64_t, std::string_view, std::string_view>;

    void add(const std::vector<Finding>& findings, bool is_violation)
    {
        for (const Finding& finding : findings) {
            const std::string_view reason = next_ < reasons_.size() ? std::string_view{reasons_[next_]} : "";
            ++next_;
            const auto [at, is_new] = known_.try_emplace(key_of(finding, is_violation, reason), groups_.size());
            if (is_new) {
                Group& group = groups_.emplace_back();
                group.verdict = finding.verdict;
                group.is_violation = is_violation;
                group.reason = reason;
                if (!reason.empty()) group.disposition = Disposition::accepted;
            }
            groups_[at->second].findings.push_back(&finding);
        }
    }

    [[nodiscard]] Key key_of(const Finding& finding, bool is_violation, std::string_view reason) const
    {
        const std::optional<std::uint64_t> cause = cause_of(finding);
        const std::string_view src = cause ? source_of(verdict_, cause) : std::string_view{finding.event.src};
        const std::uint64_t event = src.empty() ? cause.value_or(finding.event.index) : 0;
        return {is_violation, finding.verdict, event, src, reason};
    }

    void complete(Group& group) const
    {
        std::set<std::uint64_t> pages;
        std::set<unsigned> cpus;
        for (const Finding* finding : group.findings) {
            pages.insert(finding->va >> page_shift(x86::PageSize::size_4k));
            cpus.insert(finding->cpu);
            if (finding->remedy.instruction == oracle::Remedy::Instruction::none) ++group.incurable;
        }
        group.pages = pages.size();
        group.cpus.assign(cpus.begin(), cpus.end());
        group.missing = missing_of(group.findings);
        group.place = place_to_fix(verdict_, group.first());
        group.fingerprint = fingerprint_of(verdict_, group.first());
    }

    /// Groups without source lines may look alike.
    void number_equal_fingerprints()
    {
        std::map<std::string, unsigned> seen;
        for (Group& group : groups_) {
            const unsigned number = ++seen[group.fingerprint];
            if (number > 1) group.fingerprint += fmt::format(":{}", number);
        }
    }

    const TraceVerdict& verdict_;
    std::span<const std::string> reasons_;
    std::size_t next_ = 0; ///< the finding whose reason comes next
    std::vector<Group> groups_;
    std::map<Key, std::size_t> known_;
};

} // namespace

std::optional<std::uint64_t> cause_of(const Finding& finding)
{
    // The load itself, or the release itself, is the mistake.
    if (finding.verdict == oracle::Verdict::pcid_recycled) return std::nullopt;
    if (finding.verdict == oracle::Verdict::released_in_use && !finding.remedy.after) return std::nullopt;
    if (finding.remedy.after) return finding.remedy.after;
    if (finding.witness) return finding.witness->broken_by;
    return std::nullopt;
}

SourcePlace place_of_event(const TraceVerdict& verdict, const EventText& event)
{
    if (!event.src.empty()) return place_of_source(event.src);
    const TraceLine at = line_of(verdict, event.index);
    return {std::string{at.file}, at.line};
}

SourcePlace place_to_fix(const TraceVerdict& verdict, const Finding& finding)
{
    const std::optional<std::uint64_t> cause = cause_of(finding);
    if (const std::string_view src = source_of(verdict, cause); !src.empty()) return place_of_source(src);
    if (cause && finding.witness) {
        const std::string_view src = source_of(verdict, finding.witness->broken_by);
        if (!src.empty()) return place_of_source(src);
    }
    if (!finding.event.src.empty()) return place_of_source(finding.event.src);
    EventText event;
    event.index = cause.value_or(finding.event.index);
    return place_of_event(verdict, event);
}

std::vector<Group> groups_of(const TraceVerdict& verdict, std::span<const std::string> reasons)
{
    return Grouping{verdict, reasons}.take();
}

std::vector<RedundantGroup> redundant_groups_of(const TraceVerdict& verdict)
{
    std::vector<RedundantGroup> groups;
    std::map<std::pair<std::string_view, EventKind>, std::size_t> known;
    for (const RedundantInvalidation& one : verdict.redundant_invalidations.kept) {
        std::size_t at = groups.size();
        if (!one.event.src.empty()) at = known.try_emplace({one.event.src, one.event.kind}, at).first->second;
        if (at == groups.size()) groups.push_back({&one, 0, std::nullopt});
        RedundantGroup& group = groups[at];
        ++group.count;
        if (one.cycles) group.cycles = group.cycles.value_or(0) + *one.cycles;
    }
    return groups;
}

} // namespace drywalk::judge
