// SPDX-License-Identifier: MIT
// The processor on plain caches: what is counted, what sums to what, and that a run is the same every time.
#include "sim/platform/plain_platform.hpp"

#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <numeric>
#include <stdexcept>

namespace drywalk::platform {
namespace {

using namespace test;

RunResult run(const machine::Profile& profile, ProgramBuilder builder, CpuOptions options = {})
{
    const std::vector<std::byte> program = builder.bytes();
    return run_plain(profile, some_costs, program, options);
}

class EveryMachine : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Machines, EveryMachine, testing::ValuesIn(machine::machine_names(machine_directory)),
                         [](const auto& name) { return name.param; });

TEST_P(EveryMachine, CategoriesSumToTheCyclesUnderEveryDiscipline)
{
    const machine::Profile profile = machine(GetParam());
    for (const Discipline discipline : all_disciplines()) {
        const RunResult result = run(profile, mixed(discipline));
        EXPECT_EQ(result.refusal, kernel::Refusal::none);
        EXPECT_EQ(result.ledger.total_cycles(), result.total_cycles);
        EXPECT_EQ(result.setup_ledger.total_cycles(), result.setup_cycles);
        EXPECT_EQ(result.workload_ledger().total_cycles(), result.workload_cycles());
        EXPECT_GT(result.setup_cycles, 0U);
        EXPECT_GT(result.workload_cycles(), 0U);
    }
}

TEST_P(EveryMachine, CountsAgreeWithOneAnotherAndWithTheKernel)
{
    const machine::Profile profile = machine(GetParam());
    for (const Discipline discipline : all_disciplines()) {
        const RunResult result = run(profile, mixed(discipline), recording());
        const Counts& counts = result.counts;
        EXPECT_EQ(counts.l1_tlb_hits + counts.l2_tlb_hits + counts.walks, counts.simulated_accesses);
        EXPECT_EQ(counts.calls_and_halts, 15U);
        EXPECT_EQ(counts.ring3_entries, 20U + counts.page_faults);
        const kernel::Observation& finished = result.observations.back().observation;
        ASSERT_EQ(finished.kind, kernel::ObservationKind::finished);
        EXPECT_EQ(counts.cr3_writes, finished.a + 1); // one at boot
        const bool sets_pcide = kernel::uses_pcids(discipline) && profile.features.pcids;
        EXPECT_EQ(counts.cr4_writes, finished.code + (sets_pcide ? 2U : 1U));
        EXPECT_EQ(counts.invlpgs, finished.b);
        EXPECT_EQ(result.ledger[machine::MmuCategory::invlpg].count, counts.invlpgs);
        EXPECT_EQ(result.ledger[machine::MmuCategory::mov_cr3].count, counts.cr3_writes);
        EXPECT_EQ(result.ledger[machine::MmuCategory::mov_cr4].count, counts.cr4_writes);
        EXPECT_EQ(result.ledger[machine::MmuCategory::exception_entry].count, counts.page_faults);
        EXPECT_EQ(result.ledger[machine::PlatformCategory::interrupt_entry].count, 20U);
        EXPECT_EQ(result.ledger[machine::PlatformCategory::iretq].count, counts.ring3_entries);
        const auto faults = std::ranges::count_if(result.observations, [](const RecordedObservation& each) {
            return each.observation.kind == kernel::ObservationKind::page_fault;
        });
        EXPECT_EQ(static_cast<std::uint64_t>(faults), counts.page_faults);
        const auto stale = std::ranges::count_if(result.observations, &RecordedObservation::stale);
        EXPECT_EQ(static_cast<std::uint64_t>(stale),
                  counts.stale.loads + counts.stale.stores + counts.stale.calls + counts.spurious_faults);
    }
}

TEST_P(EveryMachine, TwoRunsAreEqualInEverything)
{
    const machine::Profile profile = machine(GetParam());
    for (const Discipline discipline : all_disciplines()) {
        const CpuOptions options = recording();
        EXPECT_TRUE(same(run(profile, mixed(discipline), options), run(profile, mixed(discipline), options)));
    }
}

TEST_P(EveryMachine, TheQuantumChangesNothing)
{
    const machine::Profile profile = machine(GetParam());
    const ProgramBuilder builder = mixed(Discipline::global_no_flush);
    EXPECT_TRUE(same(run(profile, builder), run(profile, builder, with_quantum(1))));
}

TEST(PlainPlatform, KernelInstructionsAreTheSumOverPathsOfPassesTimesCosts)
{
    const RunResult result = run(machine("tiny_by_hand"), mixed(Discipline::global_invlpg_outgoing_under_kernel_cr3));
    const auto& passes = result.counts.path_passes;
    const std::uint64_t expected =
        std::inner_product(passes.begin(), passes.end(), some_costs.instructions.begin(), std::uint64_t{0}, std::plus{},
                           [](std::uint64_t count, std::optional<std::uint32_t> cost) { return count * cost.value(); });
    EXPECT_EQ(result.ledger[machine::PlatformCategory::kernel_instructions].cycles,
              expected); // one instruction a cycle there
    const auto count = [&](kernel::hal::Path path) { return passes[static_cast<unsigned>(path)]; };
    EXPECT_EQ(count(kernel::hal::Path::boot), 1U);
    EXPECT_EQ(count(kernel::hal::Path::create_image), 2U);
    EXPECT_EQ(count(kernel::hal::Path::create_instance), 3U);
    EXPECT_EQ(count(kernel::hal::Path::call), 15U);
    EXPECT_EQ(count(kernel::hal::Path::run), 20U);
    EXPECT_EQ(count(kernel::hal::Path::halt), 15U);
    EXPECT_EQ(count(kernel::hal::Path::page_fault), result.counts.page_faults);
    EXPECT_EQ(count(kernel::hal::Path::invalidate_page), result.counts.invlpgs);
    EXPECT_EQ(count(kernel::hal::Path::switch_image), 10U); // to image 1 and back, in five rounds
}

TEST(PlainPlatform, InstructionsAreRoundedUpToCyclesPassByPass)
{
    machine::Profile profile = machine("tiny_by_hand");
    profile.platform_costs.instructions_per_100_cycles = 250;
    const RunResult result = run(profile, turns(Discipline::not_global, 1, 1, 0, 10));
    // 1000, 200 and 300 instructions take 400, 80 and 120 cycles; 3, 5 and 7 take 2, 2 and 3, ten times each.
    EXPECT_EQ(result.ledger[machine::PlatformCategory::kernel_instructions],
              (machine::Ledger::Line{400 + 80 + 120 + 70, 33}));
}

TEST(PlainPlatform, SetupDoesNotDependOnWhatFollows)
{
    const machine::Profile profile = machine("skylake_sp");
    const RunResult one = run(profile, turns(Discipline::global_no_flush, 2, 4, 4, 1));
    const RunResult many = run(profile, turns(Discipline::global_no_flush, 2, 4, 4, 50));
    EXPECT_EQ(one.setup_cycles, many.setup_cycles);
    EXPECT_EQ(one.setup_ledger, many.setup_ledger);
    EXPECT_EQ(one.setup_ledger[machine::PlatformCategory::iretq].count, 0U);
    EXPECT_EQ(one.workload_ledger()[machine::PlatformCategory::zero_page].count, 0U);
    // The CALL's own instructions belong to the workload, the first one's too.
    EXPECT_EQ(one.workload_ledger()[machine::PlatformCategory::kernel_instructions].count, 3U);
}

TEST(PlainPlatform, ObservationsAreKeptOnlyIfAskedFor)
{
    const ProgramBuilder builder = mixed(Discipline::not_global);
    EXPECT_TRUE(run(machine("skylake_sp"), builder).observations.empty());
    EXPECT_FALSE(run(machine("skylake_sp"), builder, recording()).observations.empty());
}

TEST(PlainPlatform, AProgramThatDoesNotFitIsRefusedNotRun)
{
    ProgramBuilder builder;
    builder.image({.code_pages = 20, .page_size = 1});
    const RunResult result = run(machine("skylake_sp"), builder, recording());
    EXPECT_EQ(result.refusal, kernel::Refusal::out_of_memory);
    EXPECT_EQ(result.ledger.total_cycles(), result.total_cycles);
}

TEST(PlainPlatform, ACallToWhereNoCodeStartsIsAnError)
{
    ProgramBuilder builder;
    builder.image({.code_pages = 1});
    builder.instance({.image = 0});
    builder.pair(0, builder.body({{builder.template_page(0, 8), 0, kernel::UserAction::call, 0}}));
    EXPECT_THROW((void)run(machine("skylake_sp"), builder), std::runtime_error);
}

TEST(PlainPlatform, RepeatedAccessesOfAWarmPageCostNoWalk)
{
    const machine::Profile profile = machine("skylake_sp");
    ProgramBuilder builder;
    builder.image({.code_pages = 1});
    builder.instance({.image = 0});
    builder.pair(0, builder.body(std::vector<UserItem>(1, builder.load(0))));
    const std::uint64_t walks_of_one = run(profile, builder).counts.walks;
    ProgramBuilder repeated;
    repeated.image({.code_pages = 1});
    repeated.instance({.image = 0});
    repeated.pair(0, repeated.body(std::vector<UserItem>(100, repeated.load(0))));
    EXPECT_EQ(run(profile, repeated).counts.walks, walks_of_one);
}

} // namespace
} // namespace drywalk::platform
