// SPDX-License-Identifier: MIT
// The hazard itself: how often each discipline lets an Image use another's template, by hand for programs that fit the
// TLB, and as seen in the bytes that came back.
#include "sim/platform/plain_platform.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

namespace drywalk::platform {
namespace {

using namespace test;

RunResult run(const std::string& profile, ProgramBuilder builder)
{
    const std::vector<std::byte> program = builder.bytes();
    RunResult result = run_plain(machine(profile), some_costs, program, recording());
    EXPECT_EQ(result.refusal, kernel::Refusal::none);
    return result;
}

/// The values that the items of the workload returned, in order; a fault counts as 0.
std::vector<std::uint64_t> values_of(const RunResult& result)
{
    std::vector<std::uint64_t> values;
    for (const RecordedObservation& each : result.observations) {
        if (each.observation.kind == kernel::ObservationKind::value) values.push_back(each.observation.b);
        if (each.observation.kind == kernel::ObservationKind::page_fault) values.push_back(0);
    }
    return values;
}

/// Machines whose TLBs hold all that the programs here touch, and keep it until it is invalidated.
const std::vector<std::string> roomy_machines{"skylake_sp", "zen4", "bochs_2_7"};

struct Stale {
    Discipline discipline;
    AccessCounts stale;
};

/// A B A B ..., ten pairs; in each four loads and three calls. Where nothing is flushed, each of B's five pairs uses
/// A's entries; where the first page alone is flushed, all but that page.
TEST(Disciplines, StaleUsesOfTwoImagesThatTakeTurns)
{
    for (const std::string& name : roomy_machines) {
        for (const Stale& expected : {Stale{Discipline::not_global, {0, 0, 0}},
                                      {Discipline::global_no_flush, {20, 0, 15}},
                                      {Discipline::global_invlpg_outgoing_under_kernel_cr3, {0, 0, 0}},
                                      {Discipline::global_invlpg_outgoing_under_old_cr3, {0, 0, 0}},
                                      {Discipline::global_invlpg_incoming_after_switch, {0, 0, 0}},
                                      {Discipline::global_invlpg_partial, {15, 0, 10}},
                                      {Discipline::global_pge_toggle, {0, 0, 0}}}) {
            SCOPED_TRACE(name + " under discipline " + std::to_string(static_cast<unsigned>(expected.discipline)));
            const RunResult result = run(name, turns(expected.discipline, 2, 3, 1, 10));
            EXPECT_EQ(result.counts.stale.loads, expected.stale.loads);
            EXPECT_EQ(result.counts.stale.calls, expected.stale.calls);
            EXPECT_EQ(result.counts.stale.stores, 0U);
            EXPECT_EQ(result.counts.page_faults, 0U);
            EXPECT_EQ(result.counts.accesses.loads, 40U);
            EXPECT_EQ(result.counts.accesses.calls, 30U);
        }
    }
}

/// What the MMU model calls stale and what the bytes show are two independent observations of one thing.
TEST(Disciplines, ForeignMarksAreSeenExactlyWhereAnEntryWasStale)
{
    for (const std::string& name : machine::machine_names(machine_directory)) {
        for (const Discipline discipline : all_disciplines()) {
            for (const std::uint32_t images : {1U, 2U, 3U}) {
                const Counts counts = run(name, turns(discipline, images, 5, 3, 12)).counts;
                EXPECT_EQ(counts.foreign_marks, counts.stale) << name;
            }
        }
    }
}

TEST(Disciplines, AMachineThatKeepsNoGlobalEntriesShowsNothing)
{
    for (const Discipline discipline : all_disciplines())
        EXPECT_EQ(run("qemu_tcg", turns(discipline, 2, 3, 1, 10)).counts.stale, AccessCounts{});
}

/// Where MOV CR3 takes everything, all disciplines read the same bytes: those that the tables say.
TEST(Disciplines, CleanOnesReadTheSameValuesAsTheReference)
{
    const auto values = [](const std::string& name, Discipline discipline) {
        return values_of(run(name, turns(discipline, 3, 3, 2, 9)));
    };
    const std::vector<std::uint64_t> reference = values("qemu_tcg", Discipline::not_global);
    for (const std::string& name : roomy_machines) {
        for (const Discipline discipline :
             {Discipline::not_global, Discipline::global_invlpg_outgoing_under_kernel_cr3,
              Discipline::global_invlpg_outgoing_under_old_cr3, Discipline::global_invlpg_incoming_after_switch,
              Discipline::global_pge_toggle}) {
            EXPECT_EQ(values(name, discipline), reference) << name;
        }
        EXPECT_NE(values(name, Discipline::global_no_flush), reference) << name;
    }
}

/// A fills the TLB first, and neither B nor C ever replaces its entries: both read A's marks.
TEST(Disciplines, OfThreeImagesTheFirstServesAll)
{
    const RunResult result = run("skylake_sp", turns(Discipline::global_no_flush, 3, 2, 2, 9));
    EXPECT_EQ(result.counts.stale, (AccessCounts{6 * 4, 0, 6 * 2}));
    for (const std::uint64_t mark : values_of(result))
        EXPECT_EQ(kernel::mark_image(mark), 0U);
}

/// A's template is longer than B's; B reads on past its own.
ProgramBuilder longer_outgoing_template(Discipline discipline)
{
    ProgramBuilder builder;
    builder.header.discipline = discipline;
    builder.image({.code_pages = 8});
    builder.image({.code_pages = 2});
    builder.instance({.image = 0});
    builder.instance({.image = 1});
    const std::uint32_t body = builder.body(touch_all(builder, 0, 8));
    for (int round = 0; round < 3; ++round) {
        builder.pair(0, body);
        builder.pair(1, body);
    }
    return builder;
}

TEST(BeyondTheTemplate, ReadsFaultWhereNothingIsGlobal)
{
    for (const std::string& name : roomy_machines) {
        const RunResult result = run(name, longer_outgoing_template(Discipline::not_global));
        EXPECT_EQ(result.counts.page_faults, 3U * 6);
        EXPECT_EQ(result.counts.stale, AccessCounts{});
        for (const RecordedObservation& each : result.observations) {
            if (each.observation.kind != kernel::ObservationKind::page_fault) continue;
            EXPECT_EQ(each.observation.code, x86::PageFaultCode::user);
            const ProgramBuilder builder;
            EXPECT_EQ(each.observation.b, builder.template_page(each.observation.a, kernel::template_data_offset));
        }
    }
}

TEST(BeyondTheTemplate, FlushingTheIncomingRangeLeavesTheTailOfTheOutgoingOne)
{
    for (const std::string& name : roomy_machines) {
        const RunResult result = run(name, longer_outgoing_template(Discipline::global_invlpg_incoming_after_switch));
        EXPECT_EQ(result.counts.page_faults, 0U) << name;
        EXPECT_EQ(result.counts.stale.loads, 3U * 6) << name;
        EXPECT_EQ(result.counts.foreign_marks.loads, 3U * 6) << name;
    }
}

TEST(BeyondTheTemplate, FlushingTheOutgoingRangeTakesItAll)
{
    for (const std::string& name : roomy_machines) {
        const RunResult result =
            run(name, longer_outgoing_template(Discipline::global_invlpg_outgoing_under_kernel_cr3));
        EXPECT_EQ(result.counts.page_faults, 3U * 6) << name;
        EXPECT_EQ(result.counts.stale, AccessCounts{}) << name;
    }
}

/// One 2 MiB leaf, touched at its first, some middle and its last 4 KiB.
ProgramBuilder large_leaf(Discipline discipline)
{
    ProgramBuilder builder;
    builder.header.discipline = discipline;
    for (std::uint32_t image = 0; image < 2; ++image) {
        builder.image({.code_pages = 1, .data_pages = 0, .page_size = 1});
        builder.instance({.image = image});
    }
    const std::uint32_t body = builder.body({builder.load(0), builder.load(100), builder.load(511), builder.call(511)});
    for (int round = 0; round < 4; ++round) {
        builder.pair(0, body);
        builder.pair(1, body);
    }
    return builder;
}

TEST(LargeTemplateLeaf, IsStaleAsAWholeAndInvalidatedByOneInvlpg)
{
    for (const std::string& name : roomy_machines) {
        const Counts hazard = run(name, large_leaf(Discipline::global_no_flush)).counts;
        EXPECT_EQ(hazard.stale, (AccessCounts{4 * 3, 0, 4})) << name;
        EXPECT_EQ(hazard.foreign_marks, hazard.stale) << name;
        const Counts flushed = run(name, large_leaf(Discipline::global_invlpg_outgoing_under_kernel_cr3)).counts;
        EXPECT_EQ(flushed.stale, AccessCounts{}) << name;
        EXPECT_EQ(flushed.invlpgs, 7U) << name; // seven switches, one leaf each
    }
}

/// A writes 1 to its data page; B writes 2 to its own; A looks.
ProgramBuilder stores(Discipline discipline)
{
    ProgramBuilder builder;
    builder.header.discipline = discipline;
    for (std::uint32_t image = 0; image < 2; ++image) {
        builder.image({.code_pages = 1, .data_pages = 1, .page_size = 0, .data_writable = 1});
        builder.instance({.image = image});
    }
    const UserItem look{builder.template_page(1, 16), 0, kernel::UserAction::load, 0};
    builder.pair(0, builder.body({builder.store(1, 1)}));
    builder.pair(1, builder.body({builder.store(1, 2)}));
    builder.pair(0, builder.body({look}));
    return builder;
}

TEST(Stores, AStaleOneCorruptsTheOtherImage)
{
    for (const std::string& name : roomy_machines) {
        const RunResult result = run(name, stores(Discipline::global_no_flush));
        EXPECT_EQ(result.counts.stale, (AccessCounts{0, 1, 0})) << name;
        EXPECT_EQ(values_of(result), (std::vector<std::uint64_t>{1, 2, 2})) << name;
    }
}

TEST(Stores, EachImageKeepsItsOwnWhereTheTemplateIsFlushed)
{
    for (const std::string& name : roomy_machines) {
        for (const Discipline discipline :
             {Discipline::not_global, Discipline::global_invlpg_outgoing_under_kernel_cr3,
              Discipline::global_invlpg_incoming_after_switch, Discipline::global_pge_toggle}) {
            const RunResult result = run(name, stores(discipline));
            EXPECT_EQ(result.counts.stale, AccessCounts{}) << name;
            EXPECT_EQ(values_of(result), (std::vector<std::uint64_t>{1, 2, 1})) << name;
        }
    }
}

TEST(Stores, IntoReadOnlyDataFault)
{
    ProgramBuilder builder;
    builder.image({.code_pages = 1, .data_pages = 1});
    builder.instance({.image = 0});
    builder.pair(0, builder.body({builder.store(1, 9), builder.store(0, 9), builder.load(1)}));
    for (const std::string& name : machine::machine_names(machine_directory)) {
        const RunResult result = run(name, builder);
        EXPECT_EQ(result.counts.page_faults, 2U) << name;
        EXPECT_EQ(values_of(result).back(), kernel::template_mark(0, 1)) << name;
    }
}

/// No Image ever changes here, so no discipline invalidates and global leaves cost fewer walks.
TEST(Costs, WithoutSwitchesGlobalLeavesSaveTheirRefills)
{
    for (const std::string& name : roomy_machines) {
        const RunResult reference = run(name, turns(Discipline::not_global, 1, 8, 8, 20));
        for (const Discipline discipline : all_disciplines()) {
            if (!has_global_leaves(discipline)) continue;
            const RunResult result = run(name, turns(discipline, 1, 8, 8, 20));
            EXPECT_LT(result.counts.walks, reference.counts.walks) << name;
            EXPECT_LT(result.workload_cycles(), reference.workload_cycles()) << name;
            EXPECT_EQ(result.counts.invlpgs, 0U) << name;
        }
    }
}

/// Instances 0 and 2 of Image A and 1 of Image B, with two private pages each, take turns; each body stores into its
/// pages, reads them back, and reads and calls the template.
ProgramBuilder private_pages(Discipline discipline, std::uint32_t pcids)
{
    ProgramBuilder builder;
    builder.header.discipline = discipline;
    builder.header.pcid_count = pcids;
    for (std::uint32_t image = 0; image < 2; ++image)
        builder.image({.code_pages = 2});
    for (const std::uint32_t image : {0U, 1U, 0U})
        builder.instance({.image = image, .working_set_pages = 2});
    const std::uint64_t own = builder.header.working_set_base;
    for (std::uint32_t instance = 0; instance < 3; ++instance) {
        std::vector<UserItem> items{
            {own, 70 + instance, kernel::UserAction::store, 0}, builder.load(0), builder.call(1)};
        items.push_back({own, 0, kernel::UserAction::load, 0});
        (void)builder.body(items);
    }
    for (std::uint32_t pair = 0; pair < 12; ++pair)
        builder.pair(pair % 3, pair % 3);
    return builder;
}

const std::vector<std::string> machines_with_pcids{"skylake_sp", "icelake_sp", "sapphire_rapids", "zen3", "zen4"};

/// Three Instances and two PCIDs: each visit from the third on recycles the PCID of the visit before the last.
TEST(Pcids, NothingIsStaleUnlessARecycledPcidKeepsItsEntries)
{
    for (const std::string& name : machines_with_pcids) {
        for (const Discipline discipline : {Discipline::pcid_flush, Discipline::pcid_tracked}) {
            const RunResult result = run(name, private_pages(discipline, 2));
            EXPECT_EQ(result.counts.stale, AccessCounts{}) << name;
            EXPECT_EQ(values_of(result), values_of(run("qemu_tcg", private_pages(Discipline::not_global, 2)))) << name;
        }
        const RunResult mistake = run(name, private_pages(Discipline::pcid_no_flush, 2));
        EXPECT_GT(mistake.counts.stale.loads, 0U) << name;
        EXPECT_GT(mistake.counts.stale.stores, 0U) << name;
        EXPECT_GT(mistake.counts.stale.calls, 0U) << name;
    }
}

TEST(Pcids, WithOneForEachInstanceTheMistakeIsNone)
{
    for (const std::string& name : machines_with_pcids)
        EXPECT_EQ(run(name, private_pages(Discipline::pcid_no_flush, 3)).counts.stale, AccessCounts{}) << name;
}

TEST(Pcids, TrackingSavesRefillsThatAFlushTakes)
{
    for (const std::string& name : machines_with_pcids) {
        const RunResult flushed = run(name, private_pages(Discipline::pcid_flush, 3));
        const RunResult tracked = run(name, private_pages(Discipline::pcid_tracked, 3));
        EXPECT_LT(tracked.counts.walks, flushed.counts.walks) << name;
        EXPECT_EQ(tracked.counts.cr3_writes, flushed.counts.cr3_writes) << name;
    }
}

TEST(Pcids, AMachineWithoutThemRunsTheSameProgram)
{
    for (const char* const name : {"zen2", "qemu_tcg", "tiny_by_hand"}) {
        for (const Discipline discipline :
             {Discipline::pcid_flush, Discipline::pcid_tracked, Discipline::pcid_no_flush}) {
            const RunResult result = run(name, private_pages(discipline, 2));
            EXPECT_EQ(result.counts.stale, AccessCounts{}) << name;
            EXPECT_EQ(result.counts.walks, run(name, private_pages(Discipline::not_global, 2)).counts.walks) << name;
        }
    }
}

/// The frames of two pages change places between two visits: only what is cached for the PCID can still tell.
TEST(Pcids, AnExchangeIsSeenUnlessThePcidKeepsItsEntries)
{
    for (const Discipline discipline : all_disciplines()) {
        ProgramBuilder builder;
        builder.header.discipline = discipline;
        builder.header.partial_pages = 1;
        builder.image({.code_pages = 1});
        builder.instance({.image = 0, .working_set_pages = 2});
        const std::uint64_t own = builder.header.working_set_base;
        const std::uint32_t fill =
            builder.body({{own, 1, kernel::UserAction::store, 0}, {own + 4096, 2, kernel::UserAction::store, 0}});
        const std::uint32_t look = builder.body({{own, 0, kernel::UserAction::load, 0}});
        builder.pair(0, fill);
        builder.operation(OperationKind::exchange, kernel::exchange_operand({.instance = 0, .first = 0, .second = 1}));
        builder.pair(0, look);
        const RunResult result = run("skylake_sp", builder);
        const bool mistake = discipline == Discipline::pcid_no_flush;
        EXPECT_EQ(values_of(result).back(), mistake ? 1U : 2U) << static_cast<unsigned>(discipline);
        EXPECT_EQ(result.counts.stale.loads, mistake ? 1U : 0U) << static_cast<unsigned>(discipline);
    }
}

} // namespace
} // namespace drywalk::platform
