// SPDX-License-Identifier: MIT
// Each invalidation of the kernel is left out in turn, and the judge has to notice: it names those that matter and
// calls the others redundant.
#include "kernel_model/core/kernel.hpp"
#include "models/memory/hierarchy.hpp"
#include "sim/platform/judge.hpp"
#include "sim/platform/kernel_run.hpp"
#include "tests/platform/programs.hpp"
#include "tests/support/forwarding_machine.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace drywalk::platform {
namespace {

using kernel::Discipline;
using kernel::hal::Where;

constexpr std::uint32_t pages = 4;

/// A and B take turns, twice each, and read and call every page.
std::vector<std::byte> two_images(Discipline discipline)
{
    drywalk::test::ProgramBuilder program;
    program.header.discipline = discipline;
    program.header.partial_pages = pages - 1;
    program.header.pcid_count = 1; // so that the two take it from each other
    std::vector<kernel::UserItem> items;
    for (std::uint64_t page = 0; page < pages; ++page) {
        items.push_back(program.load(page));
        items.push_back(program.call(page));
    }
    for (std::uint32_t image = 0; image < 2; ++image) {
        program.image({pages, 0, 0, 0});
        program.instance({image, 0});
    }
    const std::uint32_t body = program.body(items);
    for (const std::uint32_t instance : {0U, 1U, 0U, 1U})
        program.pair(instance, body);
    return program.bytes();
}

using Line = std::uint32_t;

class UnobservedTimeline final : public Timeline {
public:
    void advance(std::uint64_t /*cycles*/, Activity /*activity*/) override {}
};

/// Collects the lines that invalidate, while leaving out what the test wants left out.
struct Invalidations {
    std::set<Line> invlpg_lines;
    std::set<Line> cr4_lines;
    std::set<std::uint64_t> invlpg_addresses;
    std::optional<Line> dropped_line;
    std::optional<std::uint64_t> dropped_address;

    JudgeSummary run(Discipline discipline)
    {
        const machine::Profile profile = test::machine("skylake_sp");
        Judge judge{JudgeOptions{}};
        CpuOptions options;
        options.observers = {&judge};
        memory::Hierarchy caches{profile.memory};
        UnobservedTimeline timeline;
        const std::vector<std::byte> program = two_images(discipline);
        KernelRun run{{.profile = profile,
                       .costs = test::some_costs,
                       .program = program,
                       .caches = caches,
                       .timeline = timeline,
                       .options = options}};
        run.reset();
        Mutant mutant{run.port(), *this};
        const kernel::hal::MachineInUse in_use{mutant};
        EXPECT_EQ(kernel::run_kernel(), kernel::Refusal::none);
        return judge.summary();
    }

private:
    /// The processor, without what is to be left out.
    class Mutant final : public drywalk::test::ForwardingMachine {
    public:
        Mutant(KernelPort& port, Invalidations& what) : ForwardingMachine{port}, what_{what} {}

        void at(const Where& where) override
        {
            line_ = where.line();
            ForwardingMachine::at(where);
        }
        void invlpg(x86::LinearAddress address) override
        {
            what_.invlpg_lines.insert(line_);
            what_.invlpg_addresses.insert(address.value());
            if (what_.dropped_line != line_ && what_.dropped_address != address.value())
                ForwardingMachine::invlpg(address);
        }
        void write_cr4(x86::Cr4 value) override
        {
            what_.cr4_lines.insert(line_);
            if (what_.dropped_line != line_) ForwardingMachine::write_cr4(value);
        }

    private:
        Invalidations& what_;
        Line line_ = 0;
    };
};

std::uint64_t redundant(const JudgeSummary& summary)
{
    std::uint64_t sum = 0;
    for (const RedundantInvalidation& each : summary.redundant_invalidations)
        sum += each.count;
    return sum;
}

std::uint64_t violations_without_invlpg(Discipline discipline)
{
    Invalidations mutant;
    static_cast<void>(mutant.run(discipline));
    EXPECT_EQ(mutant.invlpg_lines.size(), 1U);
    mutant.dropped_line = *mutant.invlpg_lines.begin();
    return mutant.run(discipline).violations();
}

TEST(Mutation, TheUnmutatedDisciplinesAreWhatTheyAreCalled)
{
    const std::map<Discipline, bool> clean{
        {Discipline::not_global, true},
        {Discipline::global_no_flush, false},
        {Discipline::global_invlpg_outgoing_under_kernel_cr3, true},
        {Discipline::global_invlpg_outgoing_under_old_cr3, false},
        {Discipline::global_invlpg_incoming_after_switch, true},
        {Discipline::global_invlpg_partial, false},
        {Discipline::global_pge_toggle, true},
        {Discipline::pcid_flush, true},
        {Discipline::pcid_tracked, true},
        {Discipline::pcid_no_flush, false},
    };
    ASSERT_EQ(clean.size(), kernel::discipline_count);
    for (const auto& [discipline, expected] : clean) {
        EXPECT_EQ(Invalidations{}.run(discipline).violations() == 0, expected) << static_cast<int>(discipline);
    }
}

TEST(Mutation, NoInvalidationOfACleanDisciplineIsRedundant)
{
    EXPECT_EQ(redundant(Invalidations{}.run(Discipline::global_invlpg_outgoing_under_kernel_cr3)), 0U);
    EXPECT_EQ(redundant(Invalidations{}.run(Discipline::global_invlpg_incoming_after_switch)), 0U);
    EXPECT_EQ(redundant(Invalidations{}.run(Discipline::global_pge_toggle)), 0U);
}

TEST(Mutation, DroppingTheInvlpgLineOfACleanDisciplineIsNoticed)
{
    EXPECT_NE(violations_without_invlpg(Discipline::global_invlpg_outgoing_under_kernel_cr3), 0U);
    EXPECT_NE(violations_without_invlpg(Discipline::global_invlpg_incoming_after_switch), 0U);
}

TEST(Mutation, DroppingTheInvlpgOfOnePageIsNoticedForThatPageAlone)
{
    Invalidations all;
    static_cast<void>(all.run(Discipline::global_invlpg_outgoing_under_kernel_cr3));
    ASSERT_EQ(all.invlpg_addresses.size(), pages);
    for (const std::uint64_t address : all.invlpg_addresses) {
        Invalidations mutant;
        mutant.dropped_address = address;
        const JudgeSummary summary = mutant.run(Discipline::global_invlpg_outgoing_under_kernel_cr3);
        EXPECT_NE(summary.violations(), 0U);
        for (const JudgedAccess& judged : summary.judged)
            EXPECT_EQ(judged.linear.page().value(), address);
    }
}

TEST(Mutation, ClearingPgeMattersAndSettingItAgainOnlyCosts)
{
    Invalidations toggle;
    static_cast<void>(toggle.run(Discipline::global_pge_toggle));
    ASSERT_EQ(toggle.cr4_lines.size(), 3U); // boot sets PGE; the toggle clears it and sets it
    const std::vector<Line> lines(toggle.cr4_lines.begin(), toggle.cr4_lines.end());
    std::size_t noticed = 0;
    for (const Line line : lines) {
        Invalidations mutant;
        mutant.dropped_line = line;
        if (mutant.run(Discipline::global_pge_toggle).violations() != 0) ++noticed;
    }
    // Without PGE at boot, or without setting it again, no leaf is ever cached as global: slower, but clean.
    EXPECT_EQ(noticed, 1U);
}

TEST(Mutation, InvlpgUnderTheOldTablesIsCalledRedundant)
{
    // The entry comes back at once: the loaded tables still lead to it.
    EXPECT_NE(redundant(Invalidations{}.run(Discipline::global_invlpg_outgoing_under_old_cr3)), 0U);
}

} // namespace
} // namespace drywalk::platform
