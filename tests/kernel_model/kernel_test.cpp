// SPDX-License-Identifier: MIT
// The kernel from boot to the end of a program: what it reports, in which order, and what it refuses.
#include "kernel_model/core/kernel.hpp"

#include "tests/kernel_model/fake_machine.hpp"
#include "tests/support/program_builder.hpp"

#include <gtest/gtest.h>

namespace drywalk::kernel {

static void PrintTo(const Observation& observation, std::ostream* out)
{
    *out << "kind " << static_cast<int>(observation.kind) << " code " << observation.code << " a " << observation.a
         << " b " << observation.b;
}

namespace {

using drywalk::test::ProgramBuilder;
using test::Command;
using test::FakeMachine;
using UserKind = hal::UserExit::Kind;

/// Two Images of one code and one data page, an Instance of each.
ProgramBuilder two_images()
{
    ProgramBuilder builder;
    for (std::uint32_t image = 0; image < 2; ++image) {
        builder.image({.code_pages = 1, .data_pages = 1});
        builder.instance({.image = image});
    }
    return builder;
}

Refusal run(FakeMachine& machine)
{
    const hal::MachineInUse in_use{machine};
    return run_kernel();
}

/// What was reported from the first operation on.
std::vector<Observation> of_program(const FakeMachine& machine)
{
    std::vector<Observation> result;
    for (const Observation& observation : machine.observations) {
        if (observation.kind > ObservationKind::instance) result.push_back(observation);
    }
    return result;
}

TEST(Kernel, ReportsTheBootTheImagesAndTheInstancesInOrder)
{
    FakeMachine machine{two_images().bytes()};
    EXPECT_EQ(run(machine), Refusal::none);
    ASSERT_EQ(machine.observations.size(), 6U);
    const Observation& booted = machine.observations[0];
    EXPECT_EQ(booted.kind, ObservationKind::booted);
    EXPECT_EQ(booted.a + booted.b, machine.program_header().memory_end - layout::frame_pool.value());
    std::uint64_t used = booted.b;
    for (std::uint32_t index = 1; index <= 4; ++index) {
        const Observation& built = machine.observations[index];
        EXPECT_EQ(built.kind, index <= 2 ? ObservationKind::image : ObservationKind::instance);
        EXPECT_EQ(built.a, (index - 1) % 2);
        EXPECT_GT(built.b, used);
        used = built.b;
    }
    EXPECT_EQ(machine.observations[5], (Observation{ObservationKind::finished, 0, 0, 0}));
}

TEST(Kernel, TurnsOnWhatItsTablesNeedBeforeItLoadsThem)
{
    FakeMachine machine{two_images().bytes()};
    EXPECT_EQ(run(machine), Refusal::none);
    ASSERT_EQ(machine.commands.size(), 4U);
    EXPECT_EQ(machine.commands[0].kind, Command::Kind::efer);
    EXPECT_NE(machine.commands[0].value & x86::Efer::nxe, 0U);
    EXPECT_EQ(machine.commands[1].kind, Command::Kind::cr0);
    EXPECT_NE(machine.commands[1].value & x86::Cr0::wp, 0U);
    EXPECT_EQ(machine.commands[2].kind, Command::Kind::cr3);
    EXPECT_EQ(machine.commands[3].kind, Command::Kind::cr4);
    EXPECT_NE(machine.commands[3].value & x86::Cr4::pge, 0U);
}

TEST(Kernel, RunsABodyInTheCurrentInstanceAndReportsEachItem)
{
    ProgramBuilder builder = two_images();
    const std::uint32_t body = builder.body({builder.load(0), builder.call(0), builder.load(1)});
    builder.pair(1, body);
    FakeMachine machine{builder.bytes()};
    EXPECT_EQ(run(machine), Refusal::none);
    const std::vector<Observation> expected{
        {ObservationKind::called, 0, 1, 1},    {ObservationKind::value, 0, 0, 1'000},
        {ObservationKind::value, 0, 1, 1'001}, {ObservationKind::value, 0, 2, 1'002},
        {ObservationKind::ran, 0, body, 1},    {ObservationKind::halted, 0, 1, 0},
        {ObservationKind::finished, 0, 2, 0}};
    EXPECT_EQ(of_program(machine), expected);
    ASSERT_EQ(machine.entries.size(), 1U);
    EXPECT_EQ(machine.entries[0].stack_top, layout::default_stack + 4096);
    EXPECT_EQ(machine.entries[0].next_item, 0U);
    EXPECT_EQ(machine.entries[0].item_count, 3U);
    EXPECT_EQ(machine.mailbox.at(1).action, UserAction::call);
}

TEST(Kernel, PassesOverAnItemThatFaultsAndReportsTheFault)
{
    ProgramBuilder builder = two_images();
    builder.pair(0, builder.body({builder.load(0), builder.load(7), builder.load(1)}));
    FakeMachine machine{builder.bytes()};
    machine.exits = {{UserKind::page_fault, 14, 4, builder.template_page(7, 8), 1}};
    EXPECT_EQ(run(machine), Refusal::none);
    const std::vector<Observation> program = of_program(machine);
    EXPECT_EQ(program[1], (Observation{ObservationKind::value, 0, 0, 1'000}));
    EXPECT_EQ(program[2], (Observation{ObservationKind::page_fault, 4, 1, builder.template_page(7, 8)}));
    EXPECT_EQ(program[3], (Observation{ObservationKind::value, 0, 2, 1'002}));
    ASSERT_EQ(machine.entries.size(), 2U);
    EXPECT_EQ(machine.entries[1].next_item, 2U); // goes on after the one that faulted
}

TEST(Kernel, AFaultOfOneBodyIsForgottenInTheNext)
{
    ProgramBuilder builder = two_images();
    const std::uint32_t body = builder.body({builder.load(0)});
    builder.pair(0, body);
    builder.pair(0, body);
    FakeMachine machine{builder.bytes()};
    machine.exits = {{UserKind::page_fault, 14, 4, 0x1000, 0}};
    EXPECT_EQ(run(machine), Refusal::none);
    const std::vector<Observation> program = of_program(machine);
    EXPECT_EQ(program[1].kind, ObservationKind::page_fault);
    EXPECT_EQ(program[5].kind, ObservationKind::value);
}

TEST(Kernel, NestedCallsComeBackToTheCaller)
{
    ProgramBuilder builder = two_images();
    const std::uint32_t body = builder.body({});
    builder.operation(OperationKind::call, 0);
    builder.pair(1, body);
    builder.operation(OperationKind::run, body);
    builder.operation(OperationKind::halt);
    FakeMachine machine{builder.bytes()};
    EXPECT_EQ(run(machine), Refusal::none);
    const std::vector<Observation> expected{{ObservationKind::called, 0, 0, 1},  {ObservationKind::called, 0, 1, 2},
                                            {ObservationKind::ran, 0, body, 1},  {ObservationKind::halted, 0, 1, 1},
                                            {ObservationKind::ran, 0, body, 0},  {ObservationKind::halted, 0, 0, 0},
                                            {ObservationKind::finished, 0, 4, 0}};
    EXPECT_EQ(of_program(machine), expected);
}

/// Six visits: A B B A A B, so three switches; templates of two leaves.
TEST(Kernel, TheLastObservationCountsWhatTheDisciplineDid)
{
    struct Expected {
        Discipline discipline;
        std::uint32_t cr4_writes;
        std::uint64_t cr3_writes;
        std::uint64_t invlpgs;
    };
    for (const Expected& expected : {Expected{Discipline::not_global, 0, 12, 0},
                                     {Discipline::global_no_flush, 0, 12, 0},
                                     {Discipline::global_invlpg_outgoing_under_kernel_cr3, 0, 12, 6},
                                     {Discipline::global_invlpg_outgoing_under_old_cr3, 0, 11, 6},
                                     {Discipline::global_invlpg_incoming_after_switch, 0, 12, 6},
                                     {Discipline::global_invlpg_partial, 0, 12, 3},
                                     {Discipline::global_pge_toggle, 6, 12, 0},
                                     {Discipline::pcid_flush, 0, 12, 0},
                                     {Discipline::pcid_tracked, 0, 12, 0},
                                     {Discipline::pcid_no_flush, 0, 12, 0}}) {
        ProgramBuilder builder = two_images();
        builder.header.discipline = expected.discipline;
        builder.header.partial_pages = 1;
        const std::uint32_t body = builder.body({});
        for (const std::uint32_t instance : {0U, 1U, 1U, 0U, 0U, 1U})
            builder.pair(instance, body);
        FakeMachine machine{builder.bytes()};
        EXPECT_EQ(run(machine), Refusal::none);
        EXPECT_EQ(machine.observations.back(),
                  (Observation{ObservationKind::finished, expected.cr4_writes, expected.cr3_writes, expected.invlpgs}));
    }
}

/// What CR3 held in ring 3 and between the visits, and CR4 at the end.
TEST(Kernel, TagsInstancesWithPcidsWhereTheMachineHasThem)
{
    for (const bool pcids : {false, true}) {
        ProgramBuilder builder = two_images();
        builder.header.discipline = Discipline::pcid_tracked;
        const std::uint32_t body = builder.body({});
        for (const std::uint32_t instance : {0U, 1U, 0U})
            builder.pair(instance, body);
        FakeMachine machine{builder.bytes()};
        machine.pcids = pcids;
        EXPECT_EQ(run(machine), Refusal::none);
        EXPECT_EQ(machine.read_cr4().pcids(), pcids);
        std::vector<std::uint64_t> flags;
        for (const test::Command& command : machine.commands) {
            constexpr std::uint64_t tag = x86::Cr3::no_flush | x86::Cr3::pcid_mask;
            if (command.kind == test::Command::Kind::cr3) flags.push_back(command.value & tag);
        }
        constexpr std::uint64_t keep = x86::Cr3::no_flush;
        const std::vector<std::uint64_t> tagged{0, 1, keep, 2, keep, keep | 1, keep};
        EXPECT_EQ(flags, pcids ? tagged : std::vector<std::uint64_t>(7, 0));
    }
}

/// Three pages at 4 KiB each; the first and the last change places, with the bits that ring 3 has set in their leaves.
TEST(Kernel, ExchangesTheFramesOfTwoPages)
{
    ProgramBuilder builder = two_images();
    const std::uint32_t instance = builder.instance({.image = 0, .working_set_pages = 3});
    builder.pair(instance, builder.body({}));
    FakeMachine before{builder.bytes()};
    EXPECT_EQ(run(before), Refusal::none);
    builder.operation(OperationKind::exchange, exchange_operand({.instance = instance, .first = 0, .second = 2}));
    FakeMachine after{builder.bytes()};
    EXPECT_EQ(run(after), Refusal::none);
    std::vector<std::uint64_t> roots;
    for (const test::Command& command : after.commands) {
        if (command.kind == test::Command::Kind::cr3) roots.push_back(command.value);
    }
    ASSERT_GE(roots.size(), 2U);
    const x86::PhysicalAddress root{roots[roots.size() - 2]}; // ring 3's; the kernel's own is the last
    const auto frame = [root](const FakeMachine& machine, std::uint64_t page) {
        return test::mapped(machine, root, layout::default_working_set + page * 4096)->page;
    };
    EXPECT_EQ(frame(after, 0), frame(before, 2));
    EXPECT_EQ(frame(after, 1), frame(before, 1));
    EXPECT_EQ(frame(after, 2), frame(before, 0));
}

// Refusals ---------------------------------------------------------------------------------------------------------

/// The program must be refused for `refusal`, at operation `index`, as the last thing reported.
void expect_refused(ProgramBuilder& builder, Refusal refusal, std::uint64_t index = 0)
{
    FakeMachine machine{builder.bytes()};
    EXPECT_EQ(run(machine), refusal);
    EXPECT_EQ(machine.observations.back(),
              (Observation{ObservationKind::refused, 0, index, static_cast<std::uint64_t>(refusal)}));
}

TEST(KernelRefuses, AHeaderThatIsNotAProgram)
{
    for (const auto& damage : std::initializer_list<void (*)(ProgramHeader&)>{
             [](ProgramHeader& header) { header.magic ^= 1; },
             [](ProgramHeader& header) { header.program_bytes += 8; },
             [](ProgramHeader& header) { header.item_count += 1; },
             [](ProgramHeader& header) { header.image_count = max_images + 1; },
             [](ProgramHeader& header) { header.instance_count = max_instances + 1; },
             [](ProgramHeader& header) { header.discipline = static_cast<Discipline>(discipline_count); },
             [](ProgramHeader& header) { header.memory_end = layout::frame_pool.value(); },
             [](ProgramHeader& header) { header.memory_end += 4096; },
             [](ProgramHeader& header) { header.discipline = Discipline::pcid_flush, header.pcid_count = 0; },
             [](ProgramHeader& header) {
                 header.discipline = Discipline::pcid_flush, header.pcid_count = max_instances + 1;
             },
         }) {
        std::vector<std::byte> bytes = two_images().bytes();
        ProgramHeader header;
        std::memcpy(&header, bytes.data(), sizeof header);
        damage(header);
        std::memcpy(bytes.data(), &header, sizeof header);
        FakeMachine machine{bytes};
        EXPECT_EQ(run(machine), Refusal::bad_program);
        const Observation refused{ObservationKind::refused, 0, 0, static_cast<std::uint64_t>(Refusal::bad_program)};
        EXPECT_EQ(machine.observations, std::vector{refused});
        EXPECT_TRUE(machine.history.empty());
    }
}

TEST(KernelRefuses, AProgramThatDoesNotFitItsMemory)
{
    ProgramBuilder images = two_images();
    images.image({.code_pages = 20, .page_size = 1}); // 40 MiB of 28
    expect_refused(images, Refusal::out_of_memory);
    ProgramBuilder working_set = two_images();
    working_set.instance({.image = 0, .working_set_pages = 10'000});
    expect_refused(working_set, Refusal::out_of_memory);
}

TEST(KernelRefuses, AnInstanceOfAnImageThatDoesNotExist)
{
    ProgramBuilder builder = two_images();
    builder.instance({.image = 2});
    expect_refused(builder, Refusal::bad_program);
}

TEST(KernelRefuses, CallsDeeperThanTheStackOfFrames)
{
    ProgramBuilder builder = two_images();
    for (std::uint32_t depth = 0; depth <= max_call_depth; ++depth)
        builder.operation(OperationKind::call, 0);
    expect_refused(builder, Refusal::call_too_deep, max_call_depth);
}

TEST(KernelRefuses, HaltAndRunWithoutAFrame)
{
    ProgramBuilder halt = two_images();
    const std::uint32_t body = halt.body({});
    halt.pair(0, body);
    halt.operation(OperationKind::halt);
    expect_refused(halt, Refusal::nothing_to_halt, 3);
    ProgramBuilder run_alone = two_images();
    run_alone.operation(OperationKind::run, run_alone.body({}));
    expect_refused(run_alone, Refusal::not_running);
}

TEST(KernelRefuses, OperandsThatNameNothing)
{
    ProgramBuilder no_instance = two_images();
    no_instance.operation(OperationKind::call, 2);
    expect_refused(no_instance, Refusal::bad_program);
    ProgramBuilder no_body = two_images();
    no_body.operation(OperationKind::call, 0);
    no_body.operation(OperationKind::run, 0);
    expect_refused(no_body, Refusal::bad_program, 1);
    ProgramBuilder no_operation = two_images();
    no_operation.operation(static_cast<OperationKind>(3));
    expect_refused(no_operation, Refusal::bad_program);
}

TEST(KernelRefuses, ABodyThatDoesNotFitTheMailbox)
{
    ProgramBuilder builder = two_images();
    const std::uint32_t fits = builder.body(std::vector<UserItem>(body_capacity, builder.load(0)));
    const std::uint32_t too_long = builder.body(std::vector<UserItem>(body_capacity + 1, builder.load(0)));
    builder.pair(0, fits);
    builder.pair(0, too_long);
    expect_refused(builder, Refusal::bad_program, 4);
}

TEST(KernelRefuses, AnExitFromRing3ThatItDoesNotKnow)
{
    for (const hal::UserExit& exit :
         {hal::UserExit{UserKind::unexpected, 13, 0, 0, 0}, hal::UserExit{UserKind::page_fault, 14, 4, 0x1000, 1}}) {
        ProgramBuilder builder = two_images();
        builder.pair(0, builder.body({builder.load(0)})); // item 1 does not exist
        FakeMachine machine{builder.bytes()};
        machine.exits = {exit};
        EXPECT_EQ(run(machine), Refusal::unexpected_exit);
        EXPECT_EQ(machine.observations.back().kind, ObservationKind::refused);
        EXPECT_EQ(machine.observations.back().a, 1U);
    }
}

} // namespace
} // namespace drywalk::kernel
