// SPDX-License-Identifier: MIT
#include "sim/judge/trial.hpp"

#include "sim/judge/judged_event.hpp"

#include <algorithm>

namespace drywalk::judge {

using oracle::Remedy;

namespace {

/// The remedy's first or last place: before which event.
[[nodiscard]] std::uint64_t place_of(const Finding& finding, Trial::Place place)
{
    if (place == Trial::Place::last) return finding.event.index;
    const std::uint64_t first = finding.remedy.after ? *finding.remedy.after + 1 : 0;
    return std::min(first, finding.event.index);
}

/// What the instruction does, whichever place it is for.
[[nodiscard]] auto meaning_of(const Remedy& remedy)
{
    return std::tuple{remedy.instruction, remedy.cpu,  remedy.linear.value(),
                      remedy.pcid,        remedy.type, remedy.value};
}

template <typename Verdict, typename Visit>
void for_each_finding(Verdict& verdict, Visit&& visit)
{
    for (auto* const findings : {&verdict.violations.kept, &verdict.warnings.kept}) {
        for (auto& finding : *findings)
            visit(finding);
    }
}

[[nodiscard]] bool has_remedy(const Finding& finding)
{
    return finding.remedy.instruction != Remedy::Instruction::none;
}

} // namespace

Trial::Trial(const trace::Header& header, const TraceVerdict& verdict, Place place) : oracle_{header}
{
    for_each_finding(verdict, [&](const Finding& finding) {
        judged_.insert(finding.event.index);
        if (has_remedy(finding)) remedies_.emplace_back(place_of(finding, place), finding.remedy);
    });
    const auto order = [](const auto& item) { return std::pair{item.first, meaning_of(item.second)}; };
    std::ranges::sort(remedies_, {}, order);
    const auto repeated = std::ranges::unique(remedies_, {}, order);
    remedies_.erase(repeated.begin(), repeated.end());
}

void Trial::follow(const Event& event)
{
    for (; next_ != remedies_.size() && remedies_[next_].first == now_; ++next_)
        put_in(remedies_[next_].second);
    apply(oracle_, event, [this](oracle::Verdict verdict, unsigned cpu, std::optional<oracle::EventIndex> earlier) {
        const std::uint64_t judged = earlier ? event_of(*earlier) : now_;
        if (judged_.contains(judged)) found_.emplace(judged, verdict, cpu);
    });
    ++now_;
}

void Trial::put_in(const Remedy& remedy)
{
    put_in_.push_back(now_ + put_in_.size());
    apply(oracle_, remedy);
}

/// The oracle counts what was put in as well.
std::uint64_t Trial::event_of(oracle::EventIndex counted) const
{
    const auto after = std::ranges::lower_bound(put_in_, counted);
    return counted - static_cast<std::uint64_t>(after - put_in_.begin());
}

bool Trial::cured(const Finding& finding) const
{
    return !found_.contains({finding.event.index, finding.verdict, finding.cpu});
}

bool strengthen_what_failed(TraceVerdict& verdict, const Trial& first, const Trial& last)
{
    bool any = false;
    for_each_finding(verdict, [&](Finding& finding) {
        if (!has_remedy(finding) || (first.cured(finding) && last.cured(finding))) return;
        Remedy stronger;
        stronger.instruction = Remedy::Instruction::invpcid;
        stronger.cpu = finding.cpu;
        stronger.type = x86::InvpcidType::all_with_global;
        if (finding.event.index != 0) stronger.after = finding.event.index - 1;
        finding.remedy = stronger;
        any = true;
    });
    return any;
}

void drop_what_failed(TraceVerdict& verdict, const Trial& trial)
{
    for_each_finding(verdict, [&](Finding& finding) {
        if (has_remedy(finding) && !trial.cured(finding)) finding.remedy = Remedy{};
    });
}

} // namespace drywalk::judge
