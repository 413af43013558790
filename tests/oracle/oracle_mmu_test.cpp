// SPDX-License-Identifier: MIT
// Whatever a concrete MMU does on a random trace is among the things that the oracle says may happen.
#include "models/oracle/oracle.hpp"

#include "models/memory/hierarchy.hpp"
#include "models/mmu/mmu.hpp"
#include "tests/mmu/bench.hpp"
#include "tests/oracle/random_traces.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace drywalk::oracle::test {
namespace {

using machine::Profile;

/// An MMU that takes a trace's events.
class Machine {
public:
    Machine(const Profile& profile, const Configuration& configuration)
        : memory_{configuration.memory_bytes}, caches_{profile.memory}, mmu_{profile, memory_, caches_, ledger_}
    {
        mmu_.reset(configuration.mode);
    }

    void store(unsigned /*cpu*/, x86::PhysicalAddress address, std::uint64_t value)
    {
        memory_.write(address, value);
        mmu_.note_store();
    }
    void mov_cr0(unsigned /*cpu*/, x86::Cr0 value) { mmu_.write_cr0(value); }
    void mov_cr3(unsigned /*cpu*/, std::uint64_t value) { mmu_.write_cr3({value}); }
    void mov_cr4(unsigned /*cpu*/, x86::Cr4 value) { mmu_.write_cr4(value); }
    void wrmsr_efer(unsigned /*cpu*/, x86::Efer value) { mmu_.write_efer(value); }
    void wrpkru(std::uint32_t value) { mmu_.write_pkru(value); }
    void wrmsr_pkrs(std::uint32_t value) { mmu_.write_pkrs(value); }
    void invlpg(std::uint64_t linear)
    {
        if (const auto canonical = this->canonical(linear)) mmu_.invlpg(*canonical);
    }
    void page_fault(std::uint64_t linear)
    {
        if (const auto canonical = this->canonical(linear)) mmu_.deliver_page_fault(*canonical);
    }
    [[nodiscard]] std::optional<x86::LinearAddress> canonical(std::uint64_t linear) const
    {
        return x86::LinearAddress::try_canonical(linear, mmu_.mode().linear_width());
    }
    [[nodiscard]] mmu::Translated access(const Event& event)
    {
        return mmu_.translate(canonical(event.address).value(), event.access());
    }

private:
    memory::PhysicalMemory memory_;
    memory::Hierarchy caches_;
    machine::MmuLedger ledger_;
    mmu::Mmu mmu_;
};

void apply_to(Machine& machine, const Event& event)
{
    switch (event.kind) {
    case EventKind::store: return machine.store(0, x86::PhysicalAddress{event.address}, event.value);
    case EventKind::mov_cr0: return machine.mov_cr0(0, {event.value});
    case EventKind::mov_cr3: return machine.mov_cr3(0, event.value);
    case EventKind::mov_cr4: return machine.mov_cr4(0, {event.value});
    case EventKind::wrmsr_efer: return machine.wrmsr_efer(0, {event.value});
    case EventKind::wrpkru: return machine.wrpkru(static_cast<std::uint32_t>(event.value));
    case EventKind::wrmsr_pkrs: return machine.wrmsr_pkrs(static_cast<std::uint32_t>(event.value));
    case EventKind::invlpg: return machine.invlpg(event.address);
    case EventKind::page_fault: return machine.page_fault(event.address);
    default: return;
    }
}

[[nodiscard]] bool as_the_tables(const mmu::Translated& translated, const Judgement& judgement,
                                 x86::LinearAddress linear)
{
    const auto& tables = judgement.tables.translation;
    if (translated.permitted != tables.has_value()) return false;
    return !translated.permitted || translated.physical == tables->physical(linear);
}

enum class Step { as_the_tables, faulted_spuriously, went_astray, not_foreseen };

/// One access on both; a fault that happened is delivered on both.
[[nodiscard]] Step access_both(Machine& machine, Oracle& oracle, const Event& event)
{
    const auto linear = machine.canonical(event.address);
    if (!linear) return Step::as_the_tables;
    const mmu::Translated translated = machine.access(event);
    const Judgement judgement = oracle.access(0, event.address, event.access());
    if (!translated.permitted) {
        machine.page_fault(event.address);
        oracle.page_fault(0, event.address);
    }
    if (as_the_tables(translated, judgement, *linear)) return Step::as_the_tables;
    const bool foreseen = is_violation(judgement.verdict) || judgement.verdict == Verdict::spurious_fault;
    if (!foreseen) return Step::not_foreseen;
    return translated.permitted ? Step::went_astray : Step::faulted_spuriously;
}

struct Tally {
    int accesses = 0;
    int spurious = 0;
    int astray = 0; ///< after that, the two have seen different A and D: the trace ends
};

void run(const Trace& trace, const Profile& profile, Tally& tally)
{
    Machine machine{profile, trace.configuration};
    Oracle oracle{trace.configuration};
    for (const Event& event : trace.events) {
        if (!event.is_access()) {
            apply_to(machine, event);
            apply(oracle, event);
            continue;
        }
        const Step step = access_both(machine, oracle, event);
        ASSERT_NE(step, Step::not_foreseen) << to_json_lines(trace);
        ++tally.accesses;
        tally.spurious += step == Step::faulted_spuriously ? 1 : 0;
        tally.astray += step == Step::went_astray ? 1 : 0;
        if (step == Step::went_astray) return;
    }
}

Tally run_random(const Profile& profile, std::uint64_t seed)
{
    TraceGenerator generator{seed, profile.vendor};
    generator.keep_plain();
    Tally tally;
    for (int round = 0; round != 4'000 && !testing::Test::HasFatalFailure(); ++round) {
        try {
            run(generator.next(), profile, tally);
        } catch (const std::out_of_range&) { // the walker refuses tables outside memory
        }
    }
    EXPECT_GT(tally.accesses, 5'000);
    EXPECT_GT(tally.astray, 0) << "a TLB that is never stale shows nothing";
    return tally;
}

TEST(ConcreteMmu, WithoutStructureCaches) { run_random(mmu::test::plain_profile(), 21); }

TEST(ConcreteMmu, WithStructureCaches)
{
    Profile profile = mmu::test::plain_profile();
    profile.structure_caches = {2, 4, 16};
    run_random(profile, 22);
}

TEST(ConcreteMmu, ThatFaultsOnTheStrengthOfAnEntry)
{
    Profile profile = mmu::test::plain_profile();
    profile.structure_caches = {2, 4, 16};
    profile.behaviour.walks_again_when_denied = false;
    EXPECT_GT(run_random(profile, 23).spurious, 0);
}

TEST(ConcreteMmu, OfAnAmdProcessor)
{
    Profile profile = mmu::test::plain_profile();
    profile.vendor = x86::Vendor::amd;
    run_random(profile, 24);
}

/// Grants only what filled the entry, keeps entries across #PF, drops everything at control-register writes.
TEST(ConcreteMmu, LikeBochs)
{
    Profile profile = mmu::test::plain_profile();
    profile.behaviour.grants_only_filling_access = true;
    profile.behaviour.fragments_large_pages = true;
    profile.behaviour.control_changes_drop_everything = true;
    run_random(profile, 25);
}

TEST(ConcreteMmu, WithATinyTlb)
{
    Profile profile = mmu::test::plain_profile();
    profile.l1_data = {mmu::test::full_array(2)};
    profile.l1_fetch = {mmu::test::full_array(1)};
    profile.l2_data = {mmu::test::full_array(4)};
    run_random(profile, 26);
}

} // namespace
} // namespace drywalk::oracle::test
