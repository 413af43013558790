// SPDX-License-Identifier: MIT
#include "sim/platform/judge.hpp"

#include <algorithm>

namespace drywalk::platform {

using oracle::EventIndex;
using oracle::Verdict;
using x86::LinearAddress;

namespace {

constexpr std::size_t most_causes = 32; ///< that are described; all are counted

/// Accesses or releases that fail for the same reason in the same way.
bool same_cause(const JudgedAccess& one, const JudgedAccess& other)
{
    return one.verdict == other.verdict && one.established_at == other.established_at &&
           one.broken_at == other.broken_at && one.access.kind == other.access.kind && one.at == other.at;
}

} // namespace

std::uint64_t JudgeSummary::violations() const
{
    std::uint64_t sum = 0;
    for (unsigned index = 0; index < oracle::verdict_count; ++index) {
        if (is_violation(static_cast<Verdict>(index))) sum += verdicts[index];
    }
    return sum;
}

std::uint64_t JudgeSummary::warnings() const
{
    std::uint64_t sum = 0;
    for (unsigned index = 0; index < oracle::verdict_count; ++index) {
        if (is_warning(static_cast<Verdict>(index))) sum += verdicts[index];
    }
    return sum;
}

void Judge::begin(const BeginState& state)
{
    oracle_ = std::make_unique<oracle::Oracle>(
        oracle::Configuration{state.cpus, state.memory_bytes, options_.vendor, state.mode});
}

void Judge::note_origin(const Where& where)
{
    // Stores of ring 3 are many and have no line.
    if (where.line() != 0) origins_.append(summary_.events, line_of_code(where));
    ++summary_.events;
}

void Judge::store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where)
{
    oracle_->store(cpu, address, value);
    note_origin(where);
}

void Judge::mov_cr0(unsigned cpu, x86::Cr0 value, const Where& where)
{
    static_cast<void>(oracle_->mov_cr0(cpu, value));
    note_origin(where);
}

void Judge::mov_cr3(unsigned cpu, x86::Cr3 value, const Where& where)
{
    const oracle::RootJudgement judgement = oracle_->mov_cr3(cpu, value.value);
    for (const EventIndex release : judgement.escalations)
        escalate(release);
    if (judgement.recycled) note_recycled(judgement, where);
    note_origin(where);
}

/// A warning that turns out to be a violation: the PCID is loaded without a flush.
void Judge::escalate(EventIndex release)
{
    --summary_.verdicts[static_cast<unsigned>(Verdict::released_while_parked)];
    ++summary_.verdicts[static_cast<unsigned>(Verdict::released_while_reachable)];
    const auto warned = std::ranges::find_if(summary_.judged, [&](const JudgedAccess& judged) {
        return judged.event == release && judged.verdict == Verdict::released_while_parked;
    });
    if (warned != summary_.judged.end()) warned->verdict = Verdict::released_while_reachable;
}

void Judge::note_recycled(const oracle::RootJudgement& judgement, const Where& where)
{
    ++summary_.verdicts[static_cast<unsigned>(Verdict::pcid_recycled)];
    JudgedAccess judged;
    judged.verdict = Verdict::pcid_recycled;
    judged.witness = {std::nullopt, false, judgement.pcid, judgement.left_root, summary_.events};
    judged.remedy = judgement.remedy;
    judged.at = line_of_code(where);
    note_cause(judged);
}

void Judge::mov_cr4(unsigned cpu, x86::Cr4 value, const Where& where)
{
    note_invalidation(!oracle_->mov_cr4(cpu, value), false, where);
    note_origin(where);
}

void Judge::wrmsr_efer(unsigned cpu, x86::Efer value, const Where& where)
{
    static_cast<void>(oracle_->wrmsr_efer(cpu, value));
    note_origin(where);
}

void Judge::invlpg(unsigned cpu, LinearAddress linear, const Where& where)
{
    note_invalidation(oracle_->invlpg(cpu, linear.value()), true, where);
    ++summary_.events;
}

void Judge::release(unsigned cpu, x86::PhysicalAddress address, std::uint64_t bytes, const Where& where)
{
    for (const oracle::ReleaseFinding& found : oracle_->release(cpu, address, bytes)) {
        ++summary_.verdicts[static_cast<unsigned>(found.verdict)];
        JudgedAccess judged;
        judged.verdict = found.verdict;
        judged.linear = found.holders.front().linear;
        judged.access = {x86::AccessKind::read, false, false};
        judged.witness = found.witness;
        judged.remedy = found.remedy;
        judged.released = address;
        if (options_.adversary == Adversary::one_event && summary_.events == options_.event) {
            summary_.release_replayed = true;
        }
        judged.at = line_of_code(where);
        note_cause(judged);
    }
    ++summary_.events;
}

void Judge::note_invalidation(bool mattered, bool is_invlpg, const Where& where)
{
    if (mattered) return;
    auto& all = summary_.redundant_invalidations;
    const SourceLine line = line_of_code(where);
    const auto known = std::ranges::find(all, line, &RedundantInvalidation::at);
    if (known != all.end())
        ++known->count;
    else
        all.push_back({line, 1, summary_.events, is_invlpg});
}

std::optional<Override> Judge::access(unsigned cpu, LinearAddress linear, x86::Access access, unsigned /*bytes*/)
{
    ++summary_.accesses;
    if (oracle_->passes(cpu, linear.value(), access)) {
        ++summary_.verdicts[static_cast<unsigned>(Verdict::ok)];
        ++summary_.events;
        return std::nullopt;
    }
    const oracle::Judgement judgement = oracle_->access(cpu, linear.value(), access);
    ++summary_.verdicts[static_cast<unsigned>(judgement.verdict)];
    std::optional<Override> result;
    if (judgement.witness) {
        note_judgement(linear, access, judgement);
        if (goes_wrong_on_purpose(judgement)) {
            result = Override{judgement.witness->used};
            ++summary_.overridden;
        }
    }
    ++summary_.events;
    return result;
}

void Judge::note_judgement(LinearAddress linear, x86::Access access, const oracle::Judgement& judgement)
{
    JudgedAccess judged;
    judged.verdict = judgement.verdict;
    judged.linear = linear;
    judged.access = access;
    judged.tables = judgement.tables;
    judged.witness = *judgement.witness;
    judged.remedy = judgement.remedy;
    note_cause(judged);
}

void Judge::note_cause(JudgedAccess judged)
{
    judged.event = summary_.events;
    judged.established_at = line_of(judged.witness.established_by);
    judged.broken_at = line_of(judged.witness.broken_by);
    auto& all = summary_.judged;
    if (all.size() == most_causes) return;
    if (std::ranges::any_of(all, [&](const JudgedAccess& known) { return same_cause(known, judged); })) return;
    all.push_back(judged);
}

bool Judge::goes_wrong_on_purpose(const oracle::Judgement& judgement) const
{
    if (!is_violation(judgement.verdict)) return false;
    if (options_.adversary == Adversary::one_event) return summary_.events == options_.event;
    return options_.adversary == Adversary::wherever;
}

void Judge::page_fault(unsigned cpu, LinearAddress linear)
{
    oracle_->page_fault(cpu, linear.value());
    ++summary_.events;
}

} // namespace drywalk::platform
