// SPDX-License-Identifier: MIT
#include "sim/judge/trial.hpp"

#include "sim/judge/judged_event.hpp"

#include <algorithm>
#include <stdexcept>

namespace drywalk::judge {

using oracle::Remedy;

namespace {

/// Before which event the remedy is put.
[[nodiscard]] std::uint64_t place_of(const Finding& finding, Trial::Place place)
{
    const std::uint64_t last = finding.event.index;
    const std::uint64_t first = std::min(last, finding.remedy.after ? *finding.remedy.after + 1 : 0);
    switch (place) {
    case Trial::Place::first: return first;
    case Trial::Place::middle: return first + (last - first) / 2;
    case Trial::Place::last: return last;
    }
    return last;
}

} // namespace

Trial::Trial(const trace::Header& header, const std::vector<Finding*>& findings, Place place) : oracle_{header}
{
    for (const Finding* const finding : findings) {
        judged_.insert(finding->event.index);
        end_ = std::max({end_, finding->event.index + 1, finding->loaded_by.value_or(0) + 1});
        if (has_remedy(*finding)) remedies_.emplace_back(place_of(*finding, place), finding->remedy);
    }
    const auto order = [](const auto& item) {
        const Remedy& remedy = item.second;
        return std::tuple{item.first,  remedy.instruction, remedy.cpu,  remedy.linear.value(),
                          remedy.pcid, remedy.type,        remedy.value};
    };
    std::ranges::sort(remedies_, {}, order);
    const auto same = [&](const auto& one, const auto& other) { return order(one) == order(other); };
    remedies_.erase(std::unique(remedies_.begin(), remedies_.end(), same), remedies_.end());
}

void Trial::follow(const Event& event)
{
    if (gave_up_ || now_ >= end_) return;
    try {
        judge(event);
    } catch (const std::length_error&) {
        gave_up_ = true;
    }
    ++now_;
}

void Trial::judge(const Event& event)
{
    for (; next_ != remedies_.size() && remedies_[next_].first == now_; ++next_) {
        put_in_.push_back(now_ + put_in_.size());
        apply(oracle_, remedies_[next_].second);
    }
    apply(oracle_, event, [this](oracle::Verdict verdict, unsigned cpu, std::optional<oracle::EventIndex> earlier) {
        const std::uint64_t judged = earlier ? event_of(*earlier) : now_;
        if (judged_.contains(judged)) found_.emplace(judged, cpu, verdict);
    });
}

/// The oracle counts what was put in as well.
std::uint64_t Trial::event_of(oracle::EventIndex counted) const
{
    const auto after = std::ranges::lower_bound(put_in_, counted);
    return counted - static_cast<std::uint64_t>(after - put_in_.begin());
}

bool Trial::cured(const Finding& finding) const
{
    if (gave_up_) return true;
    const std::uint64_t event = finding.event.index;
    if (found_.contains({event, finding.cpu, finding.verdict})) return false;
    if (finding.released) return true;
    const auto first = found_.lower_bound({event, finding.cpu, oracle::Verdict::stale_translation});
    return first == found_.end() || *first > Key{event, finding.cpu, oracle::Verdict::lost_dirty};
}

} // namespace drywalk::judge
