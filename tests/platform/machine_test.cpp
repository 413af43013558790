// SPDX-License-Identifier: MIT
// A machine of two processors: what they share, what each has for itself, and whose number an observer hears.
#include "sim/platform/machine.hpp"

#include "kernel_model/hal/sim/programless_machine.hpp"
#include "models/memory/hierarchy.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <utility>
#include <vector>

namespace drywalk::platform {
namespace {

using namespace test;
using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;

constexpr std::uint64_t memory_bytes = 1 << 20;
constexpr PhysicalAddress root{0x1000}, pdpt{0x2000}, directory{0x3000}, table{0x4000}, page{0x8000}, other{0x9000};
const LinearAddress here = LinearAddress::truncate(0x5000);
constexpr PhysicalAddress leaf = table + 5 * x86::entry_bytes;
constexpr x86::Access user_read{x86::AccessKind::read, true, false};

class CountedTime final : public Timeline {
public:
    std::uint64_t cycles = 0;
    void advance(std::uint64_t passed, Activity /*activity*/) override { cycles += passed; }
};

/// Writes down which processor each event came from.
class Numbers final : public EventObserver {
public:
    BeginState began;
    std::vector<unsigned> stores, cr0_writes, cr3_writes, cr4_writes, efer_writes, invlpgs, releases, accesses, faults;

    void begin(const BeginState& state) override { began = state; }
    void store(unsigned cpu, PhysicalAddress /*address*/, std::uint64_t /*value*/, const Where& /*where*/) override
    {
        stores.push_back(cpu);
    }
    void mov_cr0(unsigned cpu, x86::Cr0 /*value*/, const Where& /*where*/) override { cr0_writes.push_back(cpu); }
    void mov_cr3(unsigned cpu, x86::Cr3 /*value*/, const Where& /*where*/) override { cr3_writes.push_back(cpu); }
    void mov_cr4(unsigned cpu, x86::Cr4 /*value*/, const Where& /*where*/) override { cr4_writes.push_back(cpu); }
    void wrmsr_efer(unsigned cpu, x86::Efer /*value*/, const Where& /*where*/) override { efer_writes.push_back(cpu); }
    void invlpg(unsigned cpu, LinearAddress /*linear*/, const Where& /*where*/) override { invlpgs.push_back(cpu); }
    void release(unsigned cpu, PhysicalAddress /*address*/, std::uint64_t /*bytes*/, const Where& /*where*/) override
    {
        releases.push_back(cpu);
    }
    std::optional<Override> access(unsigned cpu, LinearAddress /*linear*/, x86::Access /*access*/,
                                   unsigned /*bytes*/) override
    {
        accesses.push_back(cpu);
        return std::nullopt;
    }
    void page_fault(unsigned cpu, LinearAddress /*linear*/) override { faults.push_back(cpu); }
};

/// Two processors with the same tables loaded, which map `here` to `page`.
class TwoProcessors : public testing::Test {
protected:
    TwoProcessors()
    {
        machine.add_processor(times[0]);
        machine.add_processor(times[1]);
        for (const auto& [at, entry] : {std::pair{root, Entry::table(pdpt)},
                                        {pdpt, Entry::table(directory)},
                                        {directory, Entry::table(table)},
                                        {leaf, Entry::leaf(page, x86::PageSize::size_4k, {})}})
            machine.memory().write(at, entry.raw());
        x86::PagingMode mode;
        mode.cr3 = {root.value()};
        machine.reset(mode);
    }
    Core& cpu(unsigned number) { return machine.cpu(number); }
    mmu::Translated read_on(unsigned number) { return cpu(number).translate(here, user_read); }

    machine::Profile profile = test::machine("skylake_sp");
    memory::Hierarchy caches{profile.memory};
    std::array<CountedTime, 2> times;
    Numbers numbers;
    Machine machine{{.profile = profile, .memory_bytes = memory_bytes, .caches = caches, .observers = {&numbers}}};
};

TEST_F(TwoProcessors, EachHasATlbOfItsOwn)
{
    EXPECT_EQ(read_on(0).source, mmu::Tlb::Source::none);
    EXPECT_EQ(read_on(1).source, mmu::Tlb::Source::none);
    EXPECT_EQ(read_on(0).source, mmu::Tlb::Source::l1);
    EXPECT_EQ(read_on(1).source, mmu::Tlb::Source::l1);
    cpu(0).invlpg(here);
    EXPECT_EQ(read_on(1).source, mmu::Tlb::Source::l1) << "INVLPG is local";
    EXPECT_EQ(read_on(0).source, mmu::Tlb::Source::none);
}

TEST_F(TwoProcessors, AStoreOfOneMakesTheOthersEntryStale)
{
    (void)read_on(0);
    (void)read_on(1);
    EXPECT_FALSE(read_on(1).stale);
    cpu(0).store(leaf, Entry::leaf(other, x86::PageSize::size_4k, {}).raw());
    cpu(0).invlpg(here);
    EXPECT_EQ(read_on(0).physical.page(), other);
    const mmu::Translated used = read_on(1);
    EXPECT_TRUE(used.stale);
    EXPECT_EQ(used.physical.page(), page);
    cpu(1).invlpg(here);
    EXPECT_EQ(read_on(1).physical.page(), other);
    EXPECT_FALSE(read_on(1).stale);
}

/// The second one's walk finds the lines that the first one's brought in.
TEST_F(TwoProcessors, MemoryAndCachesAreShared)
{
    const std::uint64_t first = read_on(0).cycles;
    EXPECT_LT(read_on(1).cycles, first);
    EXPECT_EQ(machine.memory().read(leaf) & Entry::accessed_bit, Entry::accessed_bit);
}

TEST_F(TwoProcessors, TimeLedgerAndCountsAreEachOnesOwn)
{
    cpu(1).invlpg(here);
    (void)read_on(1);
    EXPECT_EQ(cpu(0).elapsed(), 0U);
    EXPECT_EQ(cpu(0).ledger(), machine::Ledger{});
    EXPECT_EQ(cpu(0).counts().translations, 0U);
    EXPECT_EQ(times[0].cycles, 0U);
    EXPECT_EQ(cpu(1).counts().translations, 1U);
    EXPECT_EQ(cpu(1).elapsed(), cpu(1).ledger().total_cycles());
    EXPECT_EQ(times[1].cycles, cpu(1).elapsed());
}

TEST_F(TwoProcessors, ObserversHearWhichProcessorItWas)
{
    EXPECT_EQ(numbers.began.cpus, 2U);
    EXPECT_EQ(numbers.began.memory_bytes, memory_bytes);
    EXPECT_EQ(numbers.began.mode.cr3.root(), root);
    const std::vector<unsigned> both{1, 0};
    for (const unsigned number : both) {
        Core& core = cpu(number);
        core.store(page, 1);
        core.write_cr0(core.mode().cr0);
        core.write_cr3(core.mode().cr3);
        core.write_cr4(core.mode().cr4);
        core.write_efer(core.mode().efer);
        core.invlpg(here);
        (void)core.translate(here, user_read);
        core.deliver_page_fault(here);
    }
    for (const auto* const heard : {&numbers.stores, &numbers.cr0_writes, &numbers.cr3_writes, &numbers.cr4_writes,
                                    &numbers.efer_writes, &numbers.invlpgs, &numbers.accesses, &numbers.faults})
        EXPECT_EQ(*heard, both);
}

/// Answers every load with its number.
class Numbered final : public kernel::hal::ProgramlessMachine {
public:
    explicit Numbered(std::uint64_t number) : number_{number} {}
    std::uint64_t load(PhysicalAddress /*address*/) override { return number_; }
    void store(PhysicalAddress /*address*/, std::uint64_t /*value*/) override {}
    void zero_page(PhysicalAddress /*page*/) override {}

private:
    std::uint64_t number_;
};

TEST(MachineInUse, BindsForAScopeAndGivesBackWhatWasBound)
{
    Numbered outer{1};
    Numbered inner{2};
    const kernel::hal::MachineInUse outer_in_use{outer};
    {
        const kernel::hal::MachineInUse inner_in_use{inner};
        EXPECT_EQ(kernel::hal::load(page), 2U);
    }
    EXPECT_EQ(kernel::hal::load(page), 1U);
}

TEST(MachineInUse, ASuspendedKernelLetsAnotherOneRun)
{
    Numbered outer{1};
    Numbered inner{2};
    const kernel::hal::MachineInUse outer_in_use{outer};
    {
        const kernel::hal::MachineInUse::Suspension suspended;
        const kernel::hal::MachineInUse inner_in_use{inner};
        EXPECT_EQ(kernel::hal::load(page), 2U);
    }
    EXPECT_EQ(kernel::hal::load(page), 1U);
}

TEST(MachineInUse, EachThreadHasItsOwn)
{
    Numbered here_bound{1};
    Numbered there_bound{2};
    const kernel::hal::MachineInUse in_use{here_bound};
    std::uint64_t there = 0;
    std::thread{[&] {
        const kernel::hal::MachineInUse bound{there_bound};
        there = kernel::hal::load(page);
    }}.join();
    EXPECT_EQ(there, 2U);
    EXPECT_EQ(kernel::hal::load(page), 1U);
}

} // namespace
} // namespace drywalk::platform
