// SPDX-License-Identifier: MIT
#include "sim/judge/proof.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace drywalk::judge {

using oracle::Remedy;

namespace {

/// How many sets of findings are tried apart, times what one trial takes: the events and the stale entries of the
/// trace.
constexpr std::uint64_t most_work = 100'000;
/// What is tried in one reading, which takes memory: sets, and stale entries of all their trials.
constexpr std::size_t most_sets_at_once = 8;
constexpr std::uint64_t most_entries_at_once = 1'500'000;
constexpr std::array places{Trial::Place::last, Trial::Place::middle, Trial::Place::first};

[[nodiscard]] Remedy remove_everything_before(const Finding& finding)
{
    Remedy remedy;
    remedy.instruction = Remedy::Instruction::invpcid;
    remedy.cpu = finding.cpu;
    remedy.type = x86::InvpcidType::all_with_global;
    if (finding.event.index != 0) remedy.after = finding.event.index - 1;
    return remedy;
}

} // namespace

Proof::Proof(const trace::Header& header, TraceVerdict& verdict) : header_{header}
{
    std::vector<Finding*> advised;
    for (auto* const findings : {&verdict.violations.kept, &verdict.warnings.kept}) {
        for (Finding& finding : *findings) {
            if (has_remedy(finding)) advised.push_back(&finding);
        }
    }
    const std::uint64_t work = std::max<std::uint64_t>(1, verdict.events + verdict.most_deviations);
    const std::uint64_t affordable = std::max<std::uint64_t>(1, most_work / work);
    std::vector<Set> sets(std::min<std::uint64_t>(affordable, advised.size()));
    for (std::size_t at = 0; at != advised.size(); ++at)
        sets[at % sets.size()].findings.push_back(advised[at]);
    trials_at_once_ = most_entries_at_once / std::max<std::uint64_t>(1, verdict.most_deviations);
    for (Set& set : sets)
        wait(std::move(set));
}

/// A set whose three trials would take too much memory at once is tried at one place after the other.
void Proof::wait(Set set)
{
    if (set.strengthened) { // its range has one place
        set.places = {Trial::Place::last};
        waiting_.push_back(std::move(set));
        return;
    }
    if (trials_at_once_ >= places.size()) {
        set.places.assign(places.begin(), places.end());
        waiting_.push_back(std::move(set));
        return;
    }
    for (const Trial::Place place : places)
        waiting_.push_back({set.findings, false, {place}});
}

void Proof::begin()
{
    std::size_t trials = 0;
    for (; !waiting_.empty() && running_.size() != most_sets_at_once; waiting_.pop_front()) {
        trials += waiting_.front().places.size();
        if (!running_.empty() && trials > trials_at_once_) return;
        Run& run = running_.emplace_back(Run{std::move(waiting_.front()), {}});
        for (const Trial::Place place : run.set.places)
            run.trials.push_back(std::make_unique<Trial>(header_, run.set.findings, place));
    }
}

void Proof::follow(const Event& event)
{
    for (Run& run : running_) {
        for (const auto& trial : run.trials)
            trial->follow(event);
    }
}

void Proof::end()
{
    for (const Run& run : running_)
        conclude(run);
    running_.clear();
}

/// What failed gets a stronger remedy, and then none.
void Proof::conclude(const Run& run)
{
    Set failed{{}, true, {}};
    for (Finding* const finding : run.set.findings) {
        const auto cures = [finding](const auto& trial) { return trial->cured(*finding); };
        if (std::ranges::all_of(run.trials, cures)) continue;
        finding->remedy = run.set.strengthened ? Remedy{} : remove_everything_before(*finding);
        if (!run.set.strengthened) failed.findings.push_back(finding);
    }
    if (!failed.findings.empty()) wait(std::move(failed));
}

} // namespace drywalk::judge
