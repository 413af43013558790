// SPDX-License-Identifier: MIT
#include "tests/oracle/agreement.hpp"

#include "tests/oracle/explorer.hpp"
#include "tests/oracle/random_traces.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::oracle::test {
namespace {

[[nodiscard]] bool is_candidate(const Witness& witness, const Opinion& opinion)
{
    return std::any_of(opinion.candidates.begin(), opinion.candidates.end(), [&](const Candidate& candidate) {
        if (!witness.used) return !candidate.translation.has_value();
        return candidate.translation == witness.used;
    });
}

/// D is left out: the oracle need not look at memory again for an access that D makes no difference to.
[[nodiscard]] bool same_but_for_dirty(x86::WalkOutcome a, x86::WalkOutcome b)
{
    if (a.translation) a.translation->dirty = false;
    if (b.translation) b.translation->dirty = false;
    return a == b;
}

[[nodiscard]] std::optional<std::string> compare(const Judgement& oracle, const Opinion& explorer)
{
    if (oracle.verdict != explorer.verdict) {
        return fmt::format("oracle {}, explorer {}", name_of(oracle.verdict), name_of(explorer.verdict));
    }
    if (!same_but_for_dirty(oracle.tables, explorer.tables)) return "the tables' outcome";
    const bool wants_witness = is_violation(oracle.verdict) || is_warning(oracle.verdict);
    if (oracle.witness.has_value() != wants_witness) return "a witness where none belongs, or none";
    if (oracle.witness && !is_candidate(*oracle.witness, explorer)) return "the witness is no candidate";
    return std::nullopt;
}

[[nodiscard]] std::string summary(const ReleaseJudgement& judgement)
{
    std::string text;
    for (const ReleaseFinding& found : judgement)
        text += fmt::format("{} on cpu {}, ", name_of(found.verdict), found.cpu);
    return text;
}

[[nodiscard]] std::optional<std::string> compare(const ReleaseJudgement& oracle, const ReleaseJudgement& explorer)
{
    if (summary(oracle) == summary(explorer)) return std::nullopt;
    return fmt::format("release: oracle {}; explorer {}", summary(oracle), summary(explorer));
}

[[nodiscard]] std::optional<std::string> compare(const RootJudgement& oracle, const RootJudgement& explorer)
{
    if (oracle.recycled != explorer.recycled) return fmt::format("recycled: oracle {}", oracle.recycled);
    if (oracle.pcid != explorer.pcid) return "the PCID that is loaded";
    if (oracle.escalations == explorer.escalations) return std::nullopt;
    return fmt::format("escalations: oracle {}, explorer {}", oracle.escalations.size(), explorer.escalations.size());
}

[[nodiscard]] std::optional<std::string> apply_both(Oracle& oracle, Explorer& explorer, const Event& event)
{
    if (event.is_access()) {
        // Half of the addresses take the short way, which may only say that all is well.
        if (event.address % 16 == 0 && oracle.passes(event.cpu, event.address, event.access())) {
            const Verdict verdict = explorer.access(event.cpu, event.address, event.access()).verdict;
            if (verdict == Verdict::ok) return std::nullopt;
            return "oracle lets it pass, explorer " + name_of(verdict);
        }
        const Judgement judgement = oracle.access(event.cpu, event.address, event.access());
        return compare(judgement, explorer.access(event.cpu, event.address, event.access()));
    }
    if (event.kind == EventKind::release) {
        const x86::PhysicalAddress address{event.address};
        return compare(oracle.release(event.cpu, address, event.value),
                       explorer.release(event.cpu, address, event.value));
    }
    if (event.kind == EventKind::mov_cr3) {
        return compare(oracle.mov_cr3(event.cpu, event.value), explorer.mov_cr3(event.cpu, event.value));
    }
    const auto by_oracle = apply(oracle, event);
    const auto by_explorer = apply(explorer, event);
    if (by_oracle == by_explorer) return std::nullopt;
    return fmt::format("oracle {}, explorer {}", name_of(*by_oracle), name_of(*by_explorer));
}

[[nodiscard]] bool same_memory(const Oracle& oracle, const Explorer& explorer, const Trace& trace)
{
    return std::all_of(trace.events.begin(), trace.events.end(), [&](const Event& event) {
        const x86::PhysicalAddress at{event.address};
        return event.kind != EventKind::store || oracle.memory_at(at) == explorer.memory_at(at);
    });
}

[[nodiscard]] Trace without(const Trace& trace, std::size_t first, std::size_t count)
{
    Trace shorter = trace;
    const auto begin = shorter.events.begin() + static_cast<std::ptrdiff_t>(first);
    shorter.events.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    return shorter;
}

} // namespace

std::optional<std::string> disagreement(const Trace& trace)
{
    Oracle oracle{trace.configuration};
    Explorer explorer{trace.configuration};
    for (std::size_t i = 0; i != trace.events.size(); ++i) {
        const auto difference = apply_both(oracle, explorer, trace.events[i]);
        if (difference) return fmt::format("event {}: {}", i, *difference);
    }
    if (!same_memory(oracle, explorer, trace)) return "memory at the end";
    return std::nullopt;
}

Trace minimised(Trace trace, const std::function<bool(const Trace&)>& fails)
{
    for (std::size_t count = 2; count != 0; --count) {
        for (std::size_t first = 0; first + count <= trace.events.size();) {
            Trace shorter = without(trace, first, count);
            if (!fails(shorter)) {
                ++first;
                continue;
            }
            trace = std::move(shorter);
            first = 0;
        }
    }
    return trace;
}

Comparison compare_on_random_traces(std::uint64_t seed, x86::Vendor vendor, std::uint64_t count, std::uint64_t most)
{
    TraceGenerator generator{seed, vendor};
    Comparison comparison;
    while (comparison.traces != count && comparison.disagreements < most) {
        const Trace trace = generator.next();
        ++comparison.traces;
        comparison.events += trace.events.size();
        for (const auto verdict : judge_all<Explorer>(trace)) {
            if (verdict) ++comparison.verdicts[*verdict];
        }
        if (!disagreement(trace)) continue;
        if (comparison.disagreements++ != 0) continue;
        const Trace shortest = minimised(trace, [](const Trace& t) { return disagreement(t).has_value(); });
        comparison.first = *disagreement(shortest) + "\n" + to_json_lines(shortest);
    }
    return comparison;
}

} // namespace drywalk::oracle::test
