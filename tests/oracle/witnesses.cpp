// SPDX-License-Identifier: MIT
#include "tests/oracle/witnesses.hpp"

#include "sim/input/input_error.hpp"
#include "sim/judge/trace_judge.hpp"
#include "tests/oracle/agreement.hpp"
#include "tests/oracle/explorer_stamps.hpp"
#include "tests/oracle/random_traces.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::oracle::test {

using judge::Finding;
using judge::TraceVerdict;
using x86::LinearAddress;
using x86::PhysicalAddress;

TraceVerdict judged(const Trace& trace)
{
    try {
        return judge::judge_input(trace::TraceInput::of_memory(to_json_lines(trace), "trace"));
    } catch (const InputError&) { // an event that no processor takes: what is left of a trace may have some
        return {};
    }
}

namespace {

/// The next random trace, without stores that the trace format refuses.
[[nodiscard]] Trace next_of(TraceGenerator& generator)
{
    Trace trace = generator.next();
    for (Event& event : trace.events) {
        if (event.kind == EventKind::store && event.address >= trace.configuration.memory_bytes) event = Event{};
        if (event.kind != EventKind::release) continue;
        if (event.address + event.value > trace.configuration.memory_bytes) event = Event{};
    }
    return trace;
}

[[nodiscard]] std::vector<const Finding*> findings_of(const TraceVerdict& verdict)
{
    std::vector<const Finding*> all;
    for (const auto* const findings : {&verdict.violations.kept, &verdict.warnings.kept}) {
        for (const Finding& finding : *findings)
            all.push_back(&finding);
    }
    std::ranges::stable_sort(all, {}, [](const Finding* finding) { return finding->event.index; });
    return all;
}

[[nodiscard]] std::optional<Stamps> expected_of_release(const StampedExplorer& explorer, const Finding& finding)
{
    const Holder& holder = finding.holders.front();
    if (finding.witness->used) return explorer.holder(finding.cpu, holder.pcid, holder.linear, *finding.witness->used);
    return explorer.walker(finding.cpu, holder.pcid, holder.linear, PhysicalAddress{finding.released->pa},
                           finding.released->bytes);
}

/// The tables of a root are no entries that are cached.
[[nodiscard]] bool leads_as_table(const Finding& finding)
{
    if (!finding.released) return false;
    const Holder::Role role = finding.holders.front().role;
    return role == Holder::Role::root || role == Holder::Role::table;
}

[[nodiscard]] std::optional<std::string> compare(const StampedExplorer& explorer, const Event& event,
                                                 const Finding& finding)
{
    const Witness& witness = *finding.witness;
    if (finding.verdict == Verdict::pcid_recycled || leads_as_table(finding)) return std::nullopt;
    if (finding.approximate && explorer.synchronised()) return std::nullopt;
    std::optional<Stamps> expected;
    bool is_decider = finding.released.has_value();
    if (finding.released) {
        expected = expected_of_release(explorer, finding);
    } else {
        for (const auto& decider : explorer.deciders(event, finding.verdict)) {
            if (!expected || decider.stamps > *expected) expected = decider.stamps;
            const Stamps stamps{witness.broken_by, witness.established_by};
            is_decider = is_decider || (decider.used == witness.used && decider.stamps == stamps);
        }
    }
    const std::string what =
        fmt::format("{} at event {}: established {}, broken {}{}", name_of(finding.verdict), finding.event.index,
                    witness.established_by, witness.broken_by, finding.approximate ? " (approximate)" : "");
    if (!expected) return what + "; nothing expected";
    const bool same = expected->broken == witness.broken_by && expected->established == witness.established_by;
    if (same && is_decider && !finding.approximate) return std::nullopt;
    return what + fmt::format("; expected {}, {}{}", expected->established, expected->broken,
                              is_decider ? "" : ", of another entry");
}

} // namespace

std::optional<std::string> wrong_witness(const Trace& trace, const TraceVerdict& verdict)
{
    StampedExplorer explorer{trace.configuration};
    std::uint64_t index = 0;
    for (const Finding* const finding : findings_of(verdict)) {
        if (!finding->witness) continue;
        for (; index != finding->event.index; ++index)
            explorer.follow(trace.events[index]);
        if (auto wrong = compare(explorer, trace.events[index], *finding)) return wrong;
    }
    return std::nullopt;
}

WitnessCount witnesses_of_random_traces(std::uint64_t seed, x86::Vendor vendor, std::uint64_t count, std::uint64_t most)
{
    TraceGenerator generator{seed, vendor};
    WitnessCount sum;
    for (; sum.traces != count && sum.wrong < most; ++sum.traces) {
        const Trace trace = next_of(generator);
        const TraceVerdict verdict = judged(trace);
        for (const Finding* const finding : findings_of(verdict))
            ++sum.findings[finding->verdict];
        if (!wrong_witness(trace, verdict) || sum.wrong++ != 0) continue;
        const Trace shortest = minimised(trace, [](const Trace& t) { return wrong_witness(t, judged(t)).has_value(); });
        sum.first = *wrong_witness(shortest, judged(shortest)) + "\n" + to_json_lines(shortest);
    }
    return sum;
}

namespace {

/// The trace with the remedy put in before event `place`.
[[nodiscard]] Trace with(const Trace& trace, const Remedy& remedy, std::uint64_t place)
{
    Event event;
    event.cpu = remedy.cpu;
    event.address = remedy.linear.value();
    event.pcid = remedy.pcid;
    event.type = remedy.type;
    event.value = remedy.value;
    switch (remedy.instruction) {
    case Remedy::Instruction::none: return trace;
    case Remedy::Instruction::invlpg: event.kind = EventKind::invlpg; break;
    case Remedy::Instruction::invpcid: event.kind = EventKind::invpcid; break;
    case Remedy::Instruction::mov_cr3: event.kind = EventKind::mov_cr3; break;
    }
    Trace longer = trace;
    longer.events.insert(longer.events.begin() + static_cast<std::ptrdiff_t>(place), event);
    return longer;
}

[[nodiscard]] bool cured(const Trace& trace, const Finding& finding, std::uint64_t place)
{
    const Trace longer = with(trace, finding.remedy, place);
    const std::string text = to_json_lines(longer);
    trace::TraceReader reader{std::make_unique<trace::BorrowedBytes>(text), "trace"};
    TraceVerdict verdict;
    try {
        verdict = judge::judge_trace(reader);
    } catch (const InputError&) {
        return false; // no processor takes it there
    }
    return std::ranges::none_of(findings_of(verdict), [&](const Finding* other) {
        if (other->event.index != finding.event.index + 1 || other->cpu != finding.cpu) return false;
        return other->verdict == finding.verdict || (!finding.released && is_violation(other->verdict));
    });
}

} // namespace

AdviceCount advice_of_random_traces(std::uint64_t seed, x86::Vendor vendor, std::uint64_t count)
{
    TraceGenerator generator{seed, vendor};
    AdviceCount sum;
    for (std::uint64_t round = 0; round != count; ++round) {
        const Trace trace = next_of(generator);
        const TraceVerdict verdict = judged(trace);
        for (const Finding* const finding : findings_of(verdict)) {
            ++sum.findings;
            if (finding->remedy.instruction == Remedy::Instruction::none) {
                ++sum.without_remedy;
                continue;
            }
            if (finding->remedy.type == x86::InvpcidType::all_with_global) ++sum.of_everything;
            const std::uint64_t first = finding->remedy.after ? *finding->remedy.after + 1 : 0;
            const std::uint64_t last = finding->event.index;
            const bool everywhere = first <= last && cured(trace, *finding, first) &&
                                    cured(trace, *finding, (first + last) / 2) && cured(trace, *finding, last);
            if (everywhere) ++sum.cured;
            if (everywhere || !sum.first.empty()) continue;
            sum.first = judge::missing_invalidation(*finding, trace.configuration.cpus) + "\n" + to_json_lines(trace);
        }
    }
    return sum;
}

} // namespace drywalk::oracle::test
