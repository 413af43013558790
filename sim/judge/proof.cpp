// SPDX-License-Identifier: MIT
#include "sim/judge/proof.hpp"

#include <algorithm>

namespace drywalk::judge {

using oracle::Remedy;

namespace {

/// How many sets of findings are tried apart, times the events of the trace.
constexpr std::uint64_t most_work = 100'000;
/// What is tried in one reading, which takes memory.
constexpr std::size_t most_sets_at_once = 8;

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
    const std::uint64_t affordable = std::max<std::uint64_t>(1, most_work / std::max<std::uint64_t>(1, verdict.events));
    waiting_.resize(std::min<std::uint64_t>(affordable, advised.size()));
    for (std::size_t at = 0; at != advised.size(); ++at)
        waiting_[at % waiting_.size()].findings.push_back(advised[at]);
}

void Proof::begin()
{
    for (; !waiting_.empty() && running_.size() != most_sets_at_once; waiting_.pop_front()) {
        Run& run = running_.emplace_back(Run{std::move(waiting_.front()), {}});
        const auto add = [&](Trial::Place place) {
            run.trials.push_back(std::make_unique<Trial>(header_, run.set.findings, place));
        };
        add(Trial::Place::last);
        if (run.set.strengthened) continue; // its range has one place
        add(Trial::Place::middle);
        add(Trial::Place::first);
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
    Set failed{{}, true};
    for (Finding* const finding : run.set.findings) {
        const auto cures = [finding](const auto& trial) { return trial->cured(*finding); };
        if (std::ranges::all_of(run.trials, cures)) continue;
        finding->remedy = run.set.strengthened ? Remedy{} : remove_everything_before(*finding);
        if (!run.set.strengthened) failed.findings.push_back(finding);
    }
    if (!failed.findings.empty()) waiting_.push_back(std::move(failed));
}

} // namespace drywalk::judge
