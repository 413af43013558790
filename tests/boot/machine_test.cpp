// SPDX-License-Identifier: MIT
// The real kernel on real emulators: the hazard is seen where it can be, and every way to fail is told.

#include "kernel_model/program/layout.hpp"
#include "kernel_model/program/workload.hpp"
#include "models/x86/access.hpp"
#include "sim/boot/comparison.hpp"
#include "sim/boot/machine_run.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

namespace drywalk::boot {
namespace {

using namespace kernel;
using x86::PageFaultCode;

constexpr std::uint64_t memory_end = 32 * layout::mib;

template <typename T>
void append(std::vector<std::byte>& bytes, const T& value)
{
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof(value));
}

/// Two Images, Instances and CALLs. The body reads the mark of template page 0 and of page 1, and calls page 0.
/// Image 1 has one page only, so its read of page 1 faults unless a stale entry serves it.
std::vector<std::byte> two_images(Discipline discipline)
{
    const auto base = layout::default_template.value();
    ProgramHeader header;
    header.memory_end = memory_end;
    header.template_base = base;
    header.stack_base = layout::default_stack.value();
    header.working_set_base = layout::default_working_set.value();
    header.discipline = discipline;
    header.image_count = header.instance_count = 2;
    header.body_count = 1;
    header.item_count = 3;
    header.operation_count = 6;
    header.program_bytes = program_offsets(header).end;

    std::vector<std::byte> bytes;
    append(bytes, header);
    for (const std::uint32_t pages : {2U, 1U})
        append(bytes, ImageRecord{.code_pages = pages});
    for (const std::uint32_t image : {0U, 1U})
        append(bytes, InstanceRecord{.image = image});
    append(bytes, BodyRecord{0, 3});
    append(bytes, UserItem{.address = base + template_data_offset, .action = UserAction::load});
    append(bytes, UserItem{.address = base + 4096 + template_data_offset, .action = UserAction::load});
    append(bytes, UserItem{.address = base, .action = UserAction::call});
    for (const std::uint32_t instance : {0U, 1U}) {
        append(bytes, OperationRecord{OperationKind::call, instance});
        append(bytes, OperationRecord{OperationKind::run, 0});
        append(bytes, OperationRecord{OperationKind::halt, 0});
    }
    return bytes;
}

/// What the first CALL and everything after it lead to; `stale`: Image 0's entries serve Image 1.
std::vector<Observation> expected_run(bool stale, std::uint64_t invlpgs, std::uint32_t cr4_writes)
{
    const auto fault_address = layout::default_template.value() + 4096 + template_data_offset;
    const Observation fault{ObservationKind::page_fault, PageFaultCode::user, 1, fault_address};
    const auto value = [](std::uint64_t item, std::uint32_t image, std::uint32_t page) {
        return Observation{ObservationKind::value, 0, item, template_mark(image, page)};
    };
    const std::uint32_t second = stale ? 0 : 1; // the Image whose bytes the second Instance gets
    return {{ObservationKind::called, 0, 0, 1},
            value(0, 0, 0),
            value(1, 0, 1),
            value(2, 0, 0),
            {ObservationKind::ran, 0, 0, 0},
            {ObservationKind::halted, 0, 0, 0},
            {ObservationKind::called, 0, 1, 1},
            value(0, second, 0),
            stale ? value(1, 0, 1) : fault,
            value(2, second, 0),
            {ObservationKind::ran, 0, 0, 1},
            {ObservationKind::halted, 0, 1, 0},
            {ObservationKind::finished, cr4_writes, 4, invlpgs}};
}

std::vector<Observation> from_first_call(const SerialLog& log)
{
    const auto is_call = [](const Observation& o) { return o.kind == ObservationKind::called; };
    const auto first = std::ranges::find_if(log.observations, is_call);
    return {first, log.observations.end()};
}

MachineResult boot_on(Target target, std::span<const std::byte> program, bool count_instructions = false)
{
    return run_on({.target = target,
                   .kernel = DRYWALK_KERNEL_ELF,
                   .program = program,
                   .time_limit = std::chrono::seconds{60},
                   .count_instructions = count_instructions});
}

void expect_observed(const MachineResult& result, const std::vector<Observation>& expected)
{
    ASSERT_EQ(result.status, MachineStatus::completed) << result.message;
    const auto comparison = compare(predict(expected, expected), from_first_call(result.log));
    EXPECT_EQ(comparison.equal, expected.size()) << describe(comparison);
    EXPECT_TRUE(comparison.agrees()) << describe(comparison);
}

class Machine : public testing::TestWithParam<Target> {
protected:
    void SetUp() override
    {
        if (const auto missing = missing_for(GetParam())) GTEST_SKIP() << *missing;
    }
};

TEST_P(Machine, SeesNoStaleEntryWhereTheDisciplineHolds)
{
    using enum Discipline;
    expect_observed(boot_on(GetParam(), two_images(not_global)), expected_run(false, 0, 0));
    expect_observed(boot_on(GetParam(), two_images(global_invlpg_outgoing_under_kernel_cr3)),
                    expected_run(false, 2, 0));
    expect_observed(boot_on(GetParam(), two_images(global_pge_toggle)), expected_run(false, 0, 2));
}

/// Bochs keeps global entries across MOV CR3, QEMU's TCG does not: three of the same observations differ.
TEST_P(Machine, ShowsTheHazardIfItKeepsGlobalEntries)
{
    const auto predictions = predict(expected_run(true, 0, 0), expected_run(false, 0, 0));
    const auto result = boot_on(GetParam(), two_images(Discipline::global_no_flush));
    ASSERT_EQ(result.status, MachineStatus::completed) << result.message;
    const auto comparison = compare(predictions, from_first_call(result.log));
    const bool keeps_global_entries = GetParam() == Target::bochs;
    EXPECT_TRUE(comparison.agrees()) << describe(comparison);
    EXPECT_EQ(comparison.predicted_stale_seen, keeps_global_entries ? 3U : 0U) << describe(comparison);
    EXPECT_EQ(comparison.predicted_stale_not_seen, keeps_global_entries ? 0U : 3U) << describe(comparison);
}

/// INVLPG of the incoming Image's one page leaves the tail of the outgoing one's two.
TEST_P(Machine, SeesTheTailThatFlushingTheIncomingRangeLeaves)
{
    const auto result = boot_on(GetParam(), two_images(Discipline::global_invlpg_incoming_after_switch));
    ASSERT_EQ(result.status, MachineStatus::completed) << result.message;
    const Observation tail{ObservationKind::value, 0, 1, template_mark(0, 1)};
    const auto seen = from_first_call(result.log);
    EXPECT_EQ(std::ranges::count(seen, tail), GetParam() == Target::bochs ? 2 : 1);
}

TEST_P(Machine, PanicsWithAReasonOnABadModule)
{
    auto program = two_images(Discipline::not_global);
    program[0] = std::byte{'x'};
    const auto bad_magic = boot_on(GetParam(), program);
    EXPECT_EQ(bad_magic.status, MachineStatus::failed);
    EXPECT_NE(bad_magic.message.find("the module is not a workload program"), std::string::npos) << bad_magic.message;

    program = two_images(Discipline::not_global);
    program.pop_back();
    const auto too_short = boot_on(GetParam(), program);
    EXPECT_EQ(too_short.status, MachineStatus::failed);
    EXPECT_NE(too_short.message.find("wrong size"), std::string::npos) << too_short.message;
}

TEST_P(Machine, PanicsWithAReasonOnTooLittleMemory)
{
    const auto program = two_images(Discipline::not_global);
    const auto result = run_on({.target = GetParam(),
                                .kernel = DRYWALK_KERNEL_ELF,
                                .program = program,
                                .memory_bytes = memory_end - 4 * layout::mib});
    EXPECT_EQ(result.status, MachineStatus::failed);
    EXPECT_NE(result.message.find("too little memory"), std::string::npos) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Emulators, Machine, testing::Values(Target::qemu, Target::bochs),
                         [](const auto& about) { return std::string{target_name(about.param)}; });

TEST(Qemu, CountsTheSameInstructionsAtEveryRun)
{
    if (const auto missing = missing_for(Target::qemu)) GTEST_SKIP() << *missing;
    const auto program = two_images(Discipline::global_invlpg_outgoing_under_kernel_cr3);
    const auto once = boot_on(Target::qemu, program, true);
    const auto again = boot_on(Target::qemu, program, true);
    ASSERT_EQ(once.status, MachineStatus::completed) << once.message;
    for (unsigned path = 0; path < hal::path_count; ++path) {
        EXPECT_EQ(once.log.paths[path].ticks, again.log.paths[path].ticks) << path;
    }
    const auto& invalidations = once.log.paths[static_cast<unsigned>(hal::Path::invalidate_page)];
    EXPECT_EQ(invalidations.passes, 2U);
    EXPECT_GE(invalidations.ticks_per_pass(), 2.0);
    EXPECT_LT(invalidations.ticks_per_pass(), 60.0);
}

TEST(Qemu, IsStoppedAtTheTimeLimit)
{
    if (const auto missing = missing_for(Target::qemu)) GTEST_SKIP() << *missing;
    const auto program = two_images(Discipline::not_global);
    const auto result = run_on({.target = Target::qemu,
                                .kernel = DRYWALK_KERNEL_ELF,
                                .program = program,
                                .time_limit = std::chrono::seconds{0}});
    EXPECT_EQ(result.status, MachineStatus::timed_out) << result.message;
}

/// A host without a KVM that runs the kernel is no failure, but the reason is told.
TEST(Kvm, RunsOrSaysWhyNot)
{
    if (const auto missing = missing_for(Target::qemu)) GTEST_SKIP() << *missing;
    const auto program = two_images(Discipline::not_global);
    const auto result = boot_on(Target::kvm, program);
    if (result.status == MachineStatus::completed) {
        expect_observed(result, expected_run(false, 0, 0));
        return;
    }
    EXPECT_EQ(result.status, MachineStatus::unusable);
    EXPECT_NE(result.message.find("kvm"), std::string::npos);
    GTEST_SKIP() << result.message;
}

} // namespace
} // namespace drywalk::boot
