// SPDX-License-Identifier: MIT
// What must hold of the oracle's verdicts whatever the trace is.
#include "models/oracle/oracle.hpp"

#include "tests/oracle/explorer.hpp"
#include "tests/oracle/random_traces.hpp"

#include <gtest/gtest.h>

namespace drywalk::oracle::test {
namespace {

constexpr std::array vendors{x86::Vendor::intel, x86::Vendor::amd, x86::Vendor::amd_tce, x86::Vendor::portable};
constexpr int traces = 1'500;

[[nodiscard]] bool violates(const std::optional<Verdict>& verdict) { return verdict && is_violation(*verdict); }

[[nodiscard]] Event control(EventKind kind, unsigned cpu, std::uint64_t value)
{
    Event event;
    event.kind = kind;
    event.cpu = cpu;
    event.value = value;
    return event;
}

/// Off and on again: nothing is cached any more. [intel/vol3] 4.10.4.1
[[nodiscard]] std::vector<Event> full_flush(const x86::PagingMode& mode, unsigned cpu)
{
    return {control(EventKind::mov_cr4, cpu, mode.cr4.value ^ x86::Cr4::pge),
            control(EventKind::mov_cr4, cpu, mode.cr4.value), control(EventKind::mov_cr3, cpu, mode.cr3.value)};
}

/// INVLPG of an address of the trace, INVPCID of everything, or a full flush.
[[nodiscard]] std::vector<Event> some_invalidation(TraceGenerator& generator, const x86::PagingMode& mode, unsigned cpu)
{
    Event event;
    event.cpu = cpu;
    event.kind = generator.chance(80) ? EventKind::invlpg : EventKind::invpcid;
    event.type = x86::InvpcidType::all_with_global;
    event.address = generator.focus()[generator.number_below(2)];
    if (generator.chance(20)) return full_flush(mode, cpu);
    return {event};
}

[[nodiscard]] x86::PagingMode mode_before(const Trace& trace, std::size_t at, unsigned cpu)
{
    Explorer explorer{trace.configuration};
    for (std::size_t i = 0; i != at; ++i)
        apply(explorer, trace.events[i]);
    return explorer.mode(cpu);
}

class Properties : public testing::TestWithParam<x86::Vendor> {};

TEST_P(Properties, AnotherInvalidationNeverMakesAViolation)
{
    TraceGenerator generator{11, GetParam()};
    for (int round = 0; round != traces; ++round) {
        const Trace trace = generator.next();
        const std::size_t at = generator.number_below(trace.events.size());
        const auto cpu = static_cast<unsigned>(generator.number_below(trace.configuration.cpus));
        const auto added = some_invalidation(generator, mode_before(trace, at, cpu), cpu);
        Trace longer = trace;
        longer.events.insert(longer.events.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
        const Verdicts before = judge_all<Oracle>(trace);
        const Verdicts after = judge_all<Oracle>(longer);
        for (std::size_t i = 0; i != trace.events.size(); ++i) {
            const std::size_t there = i < at ? i : i + added.size();
            ASSERT_TRUE(violates(before[i]) || !violates(after[there])) << there << "\n" << to_json_lines(longer);
        }
    }
}

TEST_P(Properties, AFullFlushLeavesNothingBehind)
{
    TraceGenerator generator{12, GetParam()};
    for (int round = 0; round != traces; ++round) {
        const Trace trace = generator.next();
        if (trace.configuration.cpus != 1) continue;
        Oracle oracle{trace.configuration};
        for (const Event& event : trace.events)
            apply(oracle, event);
        for (const Event& event : full_flush(oracle.mode(0), 0))
            apply(oracle, event);
        ASSERT_EQ(oracle.live_deviations(), 0U) << to_json_lines(trace);
        for (const std::uint64_t linear : generator.focus()) {
            const Verdict verdict = oracle.access(0, linear, {x86::AccessKind::write, false, true}).verdict;
            ASSERT_TRUE(verdict == Verdict::ok || verdict == Verdict::architectural_fault) << to_json_lines(trace);
        }
    }
}

/// An INVLPG or INVPCID that the oracle calls redundant can be left out, and nobody is judged otherwise.
TEST_P(Properties, RedundantInvalidationsCanBeLeftOut)
{
    TraceGenerator generator{13, GetParam()};
    int found = 0;
    for (int round = 0; round != traces; ++round) {
        const Trace trace = generator.next();
        Oracle oracle{trace.configuration};
        for (std::size_t i = 0; i != trace.events.size(); ++i) {
            const Event& event = trace.events[i];
            bool useful = true;
            if (event.kind == EventKind::invlpg)
                useful = oracle.invlpg(event.cpu, event.address);
            else if (event.kind == EventKind::invpcid)
                useful = oracle.invpcid(event.cpu, event.type, event.pcid, event.address);
            else
                apply(oracle, event);
            if (useful) continue;
            ++found;
            Trace without = trace;
            without.events[i] = {};
            ASSERT_EQ(judge_all<Explorer>(trace), judge_all<Explorer>(without)) << i << "\n" << to_json_lines(trace);
        }
    }
    EXPECT_GT(found, traces / 10);
}

INSTANTIATE_TEST_SUITE_P(Vendors, Properties, testing::ValuesIn(vendors));

TEST(PortableVendor, FlagsWhateverIntelOrAmdFlags)
{
    TraceGenerator generator{14, x86::Vendor::portable};
    for (int round = 0; round != traces; ++round) {
        Trace trace = generator.next();
        const Verdicts portable = judge_all<Oracle>(trace);
        for (const x86::Vendor vendor : {x86::Vendor::intel, x86::Vendor::amd}) {
            trace.configuration.vendor = vendor;
            const Verdicts one = judge_all<Oracle>(trace);
            for (std::size_t i = 0; i != one.size(); ++i) {
                ASSERT_TRUE(!violates(one[i]) || violates(portable[i])) << i << "\n" << to_json_lines(trace);
            }
        }
    }
}

} // namespace
} // namespace drywalk::oracle::test
