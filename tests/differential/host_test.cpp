// SPDX-License-Identifier: MIT
// What the differential test stands on, without a machine: the arena's places, the generator, the reader of answers,
// and that the judge lets every model pass that keeps its promises and no other.

#include "kernel_model/program/log_format.hpp"
#include "sim/machine/machine.hpp"
#include "tests/differential/generator.hpp"
#include "tests/differential/judge.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

namespace drywalk::differential {
namespace {

namespace layout = kernel::layout;

// The arena -------------------------------------------------------------------------------------------------------

constexpr std::uint64_t data_places = 2048;
constexpr std::uint64_t fetch_places = 1024;

std::set<std::uint64_t> places_of_programs(std::uint64_t count)
{
    std::set<std::uint64_t> places;
    for (unsigned page = 0; page < page_count; ++page)
        places.insert(linear_page(page).value() / 4096 % count);
    return places;
}

/// The pages that the payload touches while a program runs.
std::vector<std::uint64_t> pages_of_the_payload()
{
    std::vector<std::uint64_t> pages;
    for (std::uint64_t offset = 0; offset < layout::image_text_bytes + layout::image_data_bytes; offset += 4096)
        pages.push_back(layout::kernel_base.value() + layout::image_text.value() + offset);
    for (unsigned table = 0; table < table_count; ++table)
        pages.push_back(table_view(table_pool + table * 4096ULL));
    for (unsigned frame = 0; frame < frame_count; ++frame)
        pages.push_back(frame_view(frame));
    pages.push_back(layout::stub.value());
    for (std::uint64_t page = 0; page < layout::mailbox_pages; ++page)
        pages.push_back(layout::mailbox_items.value() + page * 4096);
    return pages;
}

TEST(Arena, ThePayloadStaysOutOfTheProgramsPlacesInADirectMappedTlb)
{
    const auto data = places_of_programs(data_places);
    const auto fetch = places_of_programs(fetch_places);
    EXPECT_LT(data.size(), page_count) << "some pages are to share a place";
    for (const std::uint64_t page : pages_of_the_payload()) {
        EXPECT_FALSE(data.contains(page / 4096 % data_places)) << std::hex << page;
        EXPECT_FALSE(fetch.contains(page / 4096 % fetch_places)) << std::hex << page;
    }
}

TEST(Arena, SlotsAndFramesAreApart)
{
    std::set<std::uint64_t> places;
    for (unsigned slot = 0; slot < slot_count; ++slot)
        EXPECT_TRUE(places.insert(slot_at(slot).address().value()).second);
    for (unsigned frame = 0; frame < frame_count; ++frame) {
        EXPECT_TRUE(places.insert(frame_address(frame).value()).second);
        EXPECT_EQ(frame_at(frame_address(frame) + data_offset), frame);
        EXPECT_LT(frame_address(frame), arena_end);
    }
}

TEST(Arena, EveryPageHasASlotAtEachLevel)
{
    for (unsigned page = 0; page < page_count; ++page) {
        for (const LevelPlan& plan : level_plans) {
            const Slot slot = slot_at(slot_for(plan.level, plan.tables - 1, linear_page(page)));
            EXPECT_EQ(slot.level, plan.level);
            EXPECT_EQ(slot.table, plan.tables - 1);
            EXPECT_EQ(slot.index, linear_page(page).index(plan.level));
        }
    }
}

// The generator ---------------------------------------------------------------------------------------------------

TEST(Generator, RepeatsItselfAndUsesEveryOperation)
{
    std::set<OperationKind> kinds;
    for (std::uint64_t number = 0; number < 200; ++number) {
        const Program program = generate(5, number, emulated_processor);
        const Program again = generate(5, number, emulated_processor);
        EXPECT_EQ(program.operations, again.operations);
        EXPECT_EQ(program.slots, again.slots);
        EXPECT_NE(program.slots, generate(6, number, emulated_processor).slots);
        EXPECT_LE(program.operations.size(), most_operations);
        for (const Operation& operation : program.operations)
            kinds.insert(operation.kind);
    }
    EXPECT_EQ(kinds.size(), 9U);
}

TEST(Generator, KeepsToWhatTheProcessorOffers)
{
    constexpr std::uint64_t prevention = x86::Cr4::smep | x86::Cr4::smap;
    for (std::uint64_t number = 0; number < 300; ++number) {
        const Program program = generate(5, number, {40, 0});
        EXPECT_EQ(program.cr4.value & prevention, 0U);
        for (const Operation& operation : program.operations) {
            const bool writes_cr4 = operation.kind == OperationKind::mov_cr4;
            EXPECT_TRUE(!writes_cr4 || (operation.operand & prevention) == 0);
            EXPECT_EQ(operation.alignment_check, 0);
        }
    }
}

/// An access elsewhere would read or change memory that is not the arena's.
TEST(Generator, NeverLeadsOutOfTheDataFrames)
{
    const auto profile = machine::load_machine(DRYWALK_MACHINES, "bochs_2_7").profile;
    for (std::uint64_t number = 0; number < 4000; ++number) {
        EXPECT_NO_THROW(
            static_cast<void>(predict(generate(11, number, emulated_processor), profile, emulated_processor)))
            << number;
    }
}

// Answers ---------------------------------------------------------------------------------------------------------

std::string line(const std::string& text) { return fmt::format("{} {:02x}\n", text, kernel::log::line_check(text)); }

Program two_accesses()
{
    Program program;
    const std::uint64_t page = linear_page(0).value();
    program.operations = {
        {page, 0, OperationKind::read, 1}, {page, 0, OperationKind::invlpg}, {page, 0, OperationKind::fetch}};
    return program;
}

TEST(Answers, AreRead)
{
    const std::vector<Program> programs{two_accesses()};
    const auto read =
        parse_answers("BIOS\n" + line("dwd-cpu 28 7") + line("dwd 0 1a !11@1000 = 5 6") + line("dwd-end 1"),
                      emulated_processor, programs);
    ASSERT_EQ(read.problem, "");
    ASSERT_EQ(read.answers.size(), 1U);
    const std::vector<Outcome> expected{{Outcome::Kind::value, 0x1a, 0, 0},
                                        {Outcome::Kind::page_fault, 0, 0x11, 0x1000}};
    EXPECT_EQ(read.answers[0].outcomes, expected);
    EXPECT_EQ(read.answers[0].state, 5U);
    EXPECT_EQ(read.answers[0].state_without_flags, 6U);
}

TEST(Answers, AreRefusedIfDamagedShortOrAnotherProcessors)
{
    const std::vector<Program> programs{two_accesses()};
    const std::string cpu = line("dwd-cpu 28 7"), end = line("dwd-end 1"), good = line("dwd 0 1 2 = 5 6");
    std::string damaged = good;
    damaged[6] = '3';
    for (const std::string& text :
         {cpu + end, cpu + good, cpu + damaged + end, cpu + line("dwd 0 1 = 5 6") + end,
          cpu + line("dwd 1 1 2 = 5 6") + end, cpu + line("dwd 0 1 2 3 = 5 6") + end,
          cpu + line("dwd 0 1 z = 5 6") + end, line("dwd-cpu 28 3") + good + end, cpu + good + line("dwd-end 2"),
          cpu + line("dw-panic something") + end, std::string{}}) {
        EXPECT_NE(parse_answers(text, emulated_processor, programs).problem, "") << text;
    }
}

// The judge -------------------------------------------------------------------------------------------------------

constexpr std::uint64_t judged_programs = 1500;

/// `carried_out` makes of a program what the model really carries out.
Counts judge_model(const machine::Machine& machine, Program (*carried_out)(Program), std::uint64_t& disagreements)
{
    const Standard standard{
        .processor = emulated_processor, .vendor = machine.profile.vendor, .fault_codes_may_differ = true};
    Counts counts;
    for (std::uint64_t number = 0; number < judged_programs; ++number) {
        const Program program = generate(9, number, emulated_processor);
        const Answer answer = predict(carried_out(program), machine.profile, emulated_processor);
        const Judged judged = judge(program, answer, standard);
        counts += judged.counts;
        if (judged.disagreement.empty()) continue;
        if (++disagreements == 1 && carried_out(program).operations == program.operations) {
            ADD_FAILURE() << machine.name << ", program " << number << ": " << judged.disagreement << "\n"
                          << explain(program, answer, standard);
        }
    }
    return counts;
}

Program as_it_is(Program program) { return program; }

/// A model that ignores INVLPG: every operand becomes a non-canonical one.
Program without_invlpg(Program program)
{
    for (Operation& operation : program.operations) {
        if (operation.kind == OperationKind::invlpg) operation.operand = std::uint64_t{1} << 60;
    }
    return program;
}

/// A model that ignores CR4, PGE toggles and all.
Program without_cr4_writes(Program program)
{
    for (Operation& operation : program.operations) {
        if (operation.kind == OperationKind::mov_cr4) operation.operand = program.cr4.value;
    }
    return program;
}

TEST(Judge, FindsEveryMachineProfileWithinTheOraclesSet)
{
    for (const std::string& name : machine::machine_names(DRYWALK_MACHINES)) {
        const auto machine = machine::load_machine(DRYWALK_MACHINES, name);
        std::uint64_t disagreements = 0;
        const Counts counts = judge_model(machine, as_it_is, disagreements);
        EXPECT_EQ(disagreements, 0U) << name;
        EXPECT_GT(counts.permitted, 50U) << name << ": too little went wrong to prove anything";
        EXPECT_TRUE(!machine.profile.behaviour.page_fault_invalidates || counts.fault_invalidated_nothing == 0) << name;
    }
}

TEST(Judge, NoticesAMachineThatIgnoresInvalidations)
{
    const auto machine = machine::load_machine(DRYWALK_MACHINES, "skylake_sp");
    for (const auto ignoring : {without_invlpg, without_cr4_writes}) {
        std::uint64_t disagreements = 0;
        static_cast<void>(judge_model(machine, ignoring, disagreements));
        EXPECT_GT(disagreements, 20U);
    }
}

} // namespace
} // namespace drywalk::differential
