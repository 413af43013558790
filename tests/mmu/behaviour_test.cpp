// SPDX-License-Identifier: MIT
// Machines that depart from the plain TLB: profile.hpp, TlbBehaviour.
#include "models/mmu/mmu.hpp"

#include "tests/mmu/bench.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using namespace test;
using Source = Tlb::Source;

const LinearAddress here = linear(0x40'1234'5000);

constexpr LeafAttributes read_only{
    .rights = {.writable = false, .user = true, .executable = true}, .accessed = true, .dirty = true};
constexpr LeafAttributes supervisor_page{
    .rights = {.writable = true, .user = false, .executable = true}, .accessed = true, .dirty = true};

machine::TlbBehaviour bochs_like()
{
    return {.grants_only_filling_access = true,
            .fragments_large_pages = true,
            .page_fault_invalidates = false,
            .control_changes_drop_everything = true};
}

TEST(GrantsOnlyFillingAccess, AReadFillLetsNoWriteThrough)
{
    Bench bench{with(bochs_like())};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
    expect_used(bench.access(here, user_write), 0xa000, Source::none, false);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false); // a write fill lets reads through
    expect_used(bench.access(here, user_write), 0xa000, Source::l1, false);
}

TEST(GrantsOnlyFillingAccess, ASupervisorFillLetsNoUserThrough)
{
    Bench bench{with(bochs_like())};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, supervisor_read);
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
    expect_used(bench.access(here, supervisor_read), 0xa000, Source::l1, false);
}

/// What the fill did not grant is walked afresh, so it cannot be stale; what it granted can.
TEST(GrantsOnlyFillingAccess, OnlyTheGrantedAccessIsStale)
{
    Bench bench{with(bochs_like())};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xb000);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
    expect_used(bench.access(here, user_write), 0xb000, Source::none, false);
    expect_used(bench.access(here, user_read), 0xb000, Source::l1, false);
}

TEST(GrantsOnlyFillingAccess, NeverDeniesOnTheStrengthOfAnEntry)
{
    machine::TlbBehaviour behaviour = bochs_like();
    behaviour.walks_again_when_denied = false;
    Bench bench{with(behaviour)};
    bench.map(bench.root, here, 0xa000, read_only);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xa000);
    expect_used(bench.access(here, user_write), 0xa000, Source::none, false);
}

TEST(Fragments, ALargePageIsWalkedForEachFourKibibytesAndInvalidatedAsOne)
{
    Bench bench{with(bochs_like())};
    const LinearAddress base = here.page(PageSize::size_2m);
    bench.map(bench.root, base, 0x40'0000, open_page, PageSize::size_2m);
    expect_used(bench.access(base, user_read), 0x40'0000, Source::none, false);
    expect_used(bench.access(base + 0x1000, user_read), 0x40'1000, Source::none, false);
    expect_used(bench.access(base + 0x1008, user_read), 0x40'1000, Source::l1, false);
    (void)bench.mmu.invlpg(base + 0x5000);
    EXPECT_EQ(bench.access(base, user_read).source, Source::none);
    EXPECT_EQ(bench.access(base + 0x1000, user_read).source, Source::none);
}

TEST(ControlChanges, DropEverythingWhereTheMachineDoesAndNothingElsewhere)
{
    for (const bool drops : {false, true}) {
        Bench bench{with({.control_changes_drop_everything = drops})};
        const Source after = drops ? Source::none : Source::l1;
        bench.map(bench.root, here, 0xa000, open_global_page);
        (void)bench.access(here, user_read);
        (void)bench.mmu.write_cr0({bench.mmu.mode().cr0.value & ~x86::Cr0::wp});
        EXPECT_EQ(bench.access(here, user_read).source, after);
        (void)bench.mmu.write_cr4({bench.mmu.mode().cr4.value | x86::Cr4::smap});
        EXPECT_EQ(bench.access(here, user_read).source, after);
        (void)bench.mmu.write_cr4(bench.mmu.mode().cr4); // no change
        EXPECT_EQ(bench.access(here, user_read).source, Source::l1);
        (void)bench.mmu.write_cr0(bench.mmu.mode().cr0);
        EXPECT_EQ(bench.access(here, user_read).source, Source::l1);
    }
}

/// CR4.PSE means nothing in 4-level paging, but Bochs and QEMU flush when it changes.
TEST(ControlChanges, CountThePseBitToo)
{
    Bench bench{with({.control_changes_drop_everything = true})};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    (void)bench.mmu.write_cr4({bench.mmu.mode().cr4.value ^ x86::Cr4::pse});
    EXPECT_EQ(bench.access(here, user_read).source, Source::none);
}

TEST(DeniedFetch, LeavesItsEntryOnlyWhereTheMachineDoes)
{
    for (const bool keeps : {false, true}) {
        machine::TlbBehaviour behaviour = bochs_like();
        behaviour.denied_fetch_keeps_entry = keeps;
        Bench bench{with(behaviour)};
        bench.map(bench.root, here, 0xa000, supervisor_page);
        (void)bench.access(here, supervisor_fetch);
        bench.map(bench.root, here, 0xb000, supervisor_page);
        EXPECT_FALSE(bench.access(here, user_fetch).permitted);
        expect_used(bench.access(here, supervisor_fetch), keeps ? 0xa000 : 0xb000, keeps ? Source::l1 : Source::none,
                    keeps);
    }
}

TEST(DeniedFetch, HasNoEqualAmongReads)
{
    machine::TlbBehaviour behaviour = bochs_like();
    behaviour.denied_fetch_keeps_entry = true;
    Bench bench{with(behaviour)};
    bench.map(bench.root, here, 0xa000, supervisor_page);
    (void)bench.access(here, supervisor_read);
    bench.map(bench.root, here, 0xb000, supervisor_page);
    EXPECT_FALSE(bench.access(here, user_read).permitted);
    expect_used(bench.access(here, supervisor_read), 0xb000, Source::none, false);
}

} // namespace
} // namespace drywalk::mmu
