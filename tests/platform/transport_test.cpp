// SPDX-License-Identifier: MIT
// Results as bytes: every field comes back as it went, and what is cut short is refused.
#include "sim/platform/transport.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace drywalk::platform {
namespace {

JudgedAccess judged(std::uint64_t number)
{
    JudgedAccess judged;
    judged.event = number;
    judged.verdict = oracle::Verdict::stale_translation;
    judged.witness.pcid = static_cast<std::uint16_t>(number + 1);
    judged.witness.broken_by = number + 2;
    judged.remedy.value = number + 3;
    judged.established_at = {__FILE__, 11};
    judged.broken_at = {__FILE__, 12};
    judged.at = {__FILE__, 13};
    return judged;
}

/// No two fields have one value, so that fields that change places do not come back as they went.
RunResult distinct()
{
    RunResult result;
    result.refusal = kernel::Refusal::call_too_deep;
    result.total_cycles = 1001;
    result.setup_cycles = 1002;
    result.ledger.mmu().charge(machine::MmuCategory::invlpg, 1003);
    result.setup_ledger.mmu().charge(machine::MmuCategory::invlpg, 1004);
    std::uint64_t number = 2000;
    Counts& counts = result.counts;
    for (std::uint64_t* const count : {&counts.simulated_accesses,
                                       &counts.accesses.loads,
                                       &counts.accesses.stores,
                                       &counts.accesses.calls,
                                       &counts.stale.loads,
                                       &counts.stale.stores,
                                       &counts.stale.calls,
                                       &counts.foreign_marks.loads,
                                       &counts.foreign_marks.calls,
                                       &counts.spurious_faults,
                                       &counts.page_faults,
                                       &counts.l1_tlb_hits,
                                       &counts.l2_tlb_hits,
                                       &counts.walks,
                                       &counts.cr3_writes,
                                       &counts.cr4_writes,
                                       &counts.invlpgs,
                                       &counts.ring3_entries,
                                       &counts.calls_and_halts,
                                       &counts.calls_refused,
                                       &counts.frames_discarded})
        *count = ++number;
    for (std::uint64_t& passes : counts.path_passes)
        passes = ++number;
    for (std::uint64_t& counter : counts.kernel_counters)
        counter = ++number;
    result.observations = {{{kernel::ObservationKind::value, 1, 2, 3}, true},
                           {{kernel::ObservationKind::ran, 4, 5, 6}, false}};
    JudgeSummary& judge = result.judge.emplace();
    judge.events = 3001;
    judge.accesses = 3002;
    for (std::uint64_t& verdict : judge.verdicts)
        verdict = ++number;
    judge.judged = {judged(4000), judged(4100), judged(4200)};
    judge.redundant_invalidations = {{{__FILE__, 21}, 5001, 5002, false}, {{__FILE__, 22}, 5003, 5004, true}};
    judge.overridden = 3003;
    judge.release_replayed = true;
    result.host_returns = {6001, 6002, 6003};
    return result;
}

TEST(Transport, BringsEveryFieldBack)
{
    const RunResult result = distinct();
    EXPECT_TRUE(unpacked(packed(result)) == result);
    const RunResult back = unpacked(packed(result));
    EXPECT_EQ(back.total_cycles, 1001U);
    EXPECT_EQ(back.setup_cycles, 1002U);
    EXPECT_EQ(back.ledger[machine::MmuCategory::invlpg].cycles, 1003U);
    EXPECT_EQ(back.counts.accesses.loads, 2002U);
    ASSERT_TRUE(back.judge);
    EXPECT_EQ(back.judge->events, 3001U);
    EXPECT_EQ(back.judge->accesses, 3002U);
    EXPECT_EQ(back.judge->overridden, 3003U);
    EXPECT_EQ(back.judge->judged[1].witness.broken_by, 4102U);
    EXPECT_EQ(back.judge->redundant_invalidations[1].first_event, 5004U);
    EXPECT_EQ(back.host_returns, (std::vector<std::uint64_t>{6001, 6002, 6003}));
}

/// The comparison that the test above rests on sees each field by itself.
TEST(Transport, IsComparedFieldByField)
{
    const std::vector<void (*)(RunResult&)> changes{
        [](RunResult& r) { r.refusal = kernel::Refusal::none; },
        [](RunResult& r) { ++r.total_cycles; },
        [](RunResult& r) { ++r.setup_cycles; },
        [](RunResult& r) { r.ledger.charge(machine::PlatformCategory::iretq, 1); },
        [](RunResult& r) { r.setup_ledger.charge(machine::PlatformCategory::iretq, 1); },
        [](RunResult& r) { ++r.counts.walks; },
        [](RunResult& r) { r.observations[0].stale = false; },
        [](RunResult& r) { r.judge.reset(); },
        [](RunResult& r) { std::swap(r.judge->events, r.judge->accesses); },
        [](RunResult& r) { ++r.judge->verdicts[3]; },
        [](RunResult& r) { ++r.judge->judged[2].remedy.value; },
        [](RunResult& r) { ++r.judge->redundant_invalidations[0].count; },
        [](RunResult& r) { ++r.judge->overridden; },
        [](RunResult& r) { r.judge->release_replayed = false; },
        [](RunResult& r) { r.host_returns.pop_back(); },
    };
    for (std::size_t index = 0; index < changes.size(); ++index) {
        RunResult changed = distinct();
        changes[index](changed);
        EXPECT_FALSE(changed == distinct()) << index;
        EXPECT_TRUE(unpacked(packed(changed)) == changed) << index;
    }
}

TEST(Transport, BringsAnEmptyResultBack) { EXPECT_TRUE(unpacked(packed({})) == RunResult{}); }

TEST(Transport, RefusesWhatIsCutShortOrTooLong)
{
    const std::string whole = packed(distinct());
    for (std::size_t bytes = 0; bytes < whole.size(); bytes += 1 + bytes / 7)
        EXPECT_THROW((void)unpacked(whole.substr(0, bytes)), std::runtime_error) << bytes;
    EXPECT_THROW((void)unpacked(whole.substr(0, whole.size() - 1)), std::runtime_error);
    EXPECT_THROW((void)unpacked(whole + "x"), std::runtime_error);
    EXPECT_THROW((void)unpacked(std::string(whole.size(), '\xff')), std::runtime_error);
}

} // namespace
} // namespace drywalk::platform
