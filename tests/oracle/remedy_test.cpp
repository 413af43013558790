// SPDX-License-Identifier: MIT
// Advice, tried out: the instruction that a finding names is inserted at the first, a middle and the last place of its
// range, and the finding must be gone. And the other way round: what is called redundant is left out, and every verdict
// must stay.
#include "tests/oracle/random_traces.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk::oracle::test {
namespace {

using Instruction = Remedy::Instruction;

/// A finding and its advice.
struct Advised {
    std::size_t event = 0;
    Verdict verdict = Verdict::ok;
    unsigned cpu = 0;
    Remedy remedy;
};

struct Judged {
    std::vector<Advised> findings;
    std::vector<std::size_t> redundant;
};

[[nodiscard]] bool is_finding(Verdict verdict) { return is_violation(verdict) || is_warning(verdict); }

/// Feeds all events to one oracle and writes down what it says.
class Judging {
public:
    explicit Judging(const Trace& trace) : oracle_{trace.configuration}
    {
        for (const Event& event : trace.events) {
            step(event);
            ++at_;
        }
    }

    [[nodiscard]] const Judged& judged() const { return judged_; }

private:
    void step(const Event& event)
    {
        if (event.is_access()) {
            const Judgement judgement = oracle_.access(event.cpu, event.address, event.access());
            if (is_finding(judgement.verdict)) note(judgement.verdict, event.cpu, judgement.remedy);
            return;
        }
        if (event.kind == EventKind::release) {
            const x86::PhysicalAddress address{event.address};
            for (const ReleaseFinding& found : oracle_.release(event.cpu, address, event.value))
                note(found.verdict, found.cpu, found.remedy);
            return;
        }
        note_useless(event, mattered(event));
    }

    [[nodiscard]] bool mattered(const Event& event)
    {
        switch (event.kind) {
        case EventKind::mov_cr3: return switched(event);
        case EventKind::mov_cr4: return toggled(event);
        case EventKind::invlpg: return oracle_.invlpg(event.cpu, event.address);
        case EventKind::invpcid: return oracle_.invpcid(event.cpu, event.type, event.pcid, event.address);
        default: static_cast<void>(apply(oracle_, event)); return true;
        }
    }

    [[nodiscard]] bool switched(const Event& event)
    {
        const RootJudgement judgement = oracle_.mov_cr3(event.cpu, event.value);
        if (judgement.recycled) note(Verdict::pcid_recycled, event.cpu, judgement.remedy);
        for (const EventIndex release : judgement.escalations) {
            const auto warned = std::ranges::find_if(judged_.findings, [&](const Advised& one) {
                // Another PCID may have made a violation of it already.
                return one.event == release && one.cpu == event.cpu &&
                       (one.verdict == Verdict::released_while_parked ||
                        one.verdict == Verdict::released_while_reachable);
            });
            if (warned == judged_.findings.end())
                ADD_FAILURE() << "an escalation of no warning";
            else
                warned->verdict = Verdict::released_while_reachable;
        }
        return judgement.mattered;
    }

    [[nodiscard]] bool toggled(const Event& event)
    {
        if (const auto begun = oracle_.mov_cr4(event.cpu, {event.value})) judged_.redundant.push_back(*begun);
        return true;
    }

    void note(Verdict verdict, unsigned cpu, const Remedy& remedy)
    {
        judged_.findings.push_back({at_, verdict, cpu, remedy});
    }
    void note_useless(const Event& event, bool mattered)
    {
        if (!mattered && event.kind != EventKind::page_fault) judged_.redundant.push_back(at_);
    }

    Oracle oracle_;
    Judged judged_;
    std::size_t at_ = 0;
};

[[nodiscard]] Judged judged(const Trace& trace) { return Judging{trace}.judged(); }

[[nodiscard]] Event instruction_of(const Remedy& remedy)
{
    Event event;
    event.cpu = remedy.cpu;
    event.address = remedy.linear.value();
    event.type = remedy.type;
    event.pcid = remedy.pcid;
    event.value = remedy.value;
    event.kind = remedy.instruction == Instruction::invlpg    ? EventKind::invlpg
                 : remedy.instruction == Instruction::invpcid ? EventKind::invpcid
                                                              : EventKind::mov_cr3;
    return event;
}

/// True if `trace` with the advice right before `place` still has the finding.
[[nodiscard]] bool persists(Trace trace, const Advised& advised, std::size_t place)
{
    trace.events.insert(trace.events.begin() + static_cast<std::ptrdiff_t>(place), instruction_of(advised.remedy));
    return std::ranges::any_of(judged(trace).findings, [&](const Advised& found) {
        return found.event == advised.event + 1 && found.cpu == advised.cpu && found.verdict == advised.verdict;
    });
}

struct Tally {
    std::size_t findings = 0;
    std::size_t advised = 0;
    std::size_t places = 0;
    std::vector<std::string> failures;
};

void try_advice(const Trace& trace, Tally& tally)
{
    const Judged found = judged(trace);
    for (const Advised& advised : found.findings) {
        ++tally.findings;
        if (advised.remedy.instruction == Instruction::none) {
            if (advised.verdict != Verdict::released_in_use)
                tally.failures.push_back(fmt::format("no advice at event {}: {}\n{}", advised.event,
                                                     name_of(advised.verdict), to_json_lines(trace)));
            continue;
        }
        ++tally.advised;
        const std::size_t first = advised.remedy.after ? *advised.remedy.after + 1 : 0;
        if (first > advised.event) tally.failures.push_back("no place\n" + to_json_lines(trace));
        for (const std::size_t place : {first, (first + advised.event) / 2, advised.event}) {
            ++tally.places;
            if (!persists(trace, advised, place)) continue;
            tally.failures.push_back(fmt::format("event {} ({}, cpu {}) persists, instruction {} before event {}\n{}",
                                                 advised.event, name_of(advised.verdict), advised.cpu,
                                                 static_cast<int>(advised.remedy.instruction), place,
                                                 to_json_lines(trace)));
        }
    }
}

[[nodiscard]] std::vector<std::pair<std::size_t, Verdict>> verdicts_of(const Trace& trace,
                                                                       const std::vector<std::size_t>& left_out)
{
    Trace shorter = trace;
    std::vector<std::size_t> numbers;
    shorter.events.clear();
    for (std::size_t index = 0; index < trace.events.size(); ++index) {
        if (std::ranges::find(left_out, index) != left_out.end()) continue;
        shorter.events.push_back(trace.events[index]);
        numbers.push_back(index);
    }
    std::vector<std::pair<std::size_t, Verdict>> verdicts;
    const Judged shorter_judged = judged(shorter);
    for (const Advised& found : shorter_judged.findings)
        verdicts.emplace_back(numbers[found.event], found.verdict);
    return verdicts;
}

class Advice : public testing::TestWithParam<x86::Vendor> {};

constexpr unsigned traces_per_vendor = DRYWALK_REMEDY_TRACES;

TEST_P(Advice, CuresAtEveryPlaceOfItsRange)
{
    TraceGenerator generator{11, GetParam()};
    Tally tally;
    for (unsigned count = 0; count < traces_per_vendor; ++count)
        try_advice(generator.next(), tally);
    EXPECT_GT(tally.advised, tally.findings / 2);
    EXPECT_TRUE(tally.failures.empty()) << tally.failures.size() << " of " << tally.places << " places; the first:\n"
                                        << tally.failures.front();
}

TEST_P(Advice, CallsRedundantOnlyWhatNoVerdictNeeds)
{
    TraceGenerator generator{12, GetParam()};
    std::size_t redundant = 0;
    for (unsigned count = 0; count < traces_per_vendor; ++count) {
        const Trace trace = generator.next();
        const Judged found = judged(trace);
        redundant += found.redundant.size();
        ASSERT_EQ(verdicts_of(trace, found.redundant), verdicts_of(trace, {}))
            << fmt::format("left out {}\n", fmt::join(found.redundant, ", ")) << to_json_lines(trace);
    }
    EXPECT_GT(redundant, 0U);
}

INSTANTIATE_TEST_SUITE_P(Vendors, Advice,
                         testing::Values(x86::Vendor::intel, x86::Vendor::amd, x86::Vendor::amd_tce,
                                         x86::Vendor::portable));

} // namespace
} // namespace drywalk::oracle::test
