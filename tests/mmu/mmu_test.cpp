// SPDX-License-Identifier: MIT
// The MMU: what stays cached across which operation, what a use of it is called, and what everything costs.
#include "models/mmu/mmu.hpp"

#include "tests/mmu/bench.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using namespace test;
using x86::PageFaultCode;
using Source = Tlb::Source;

const LinearAddress here = linear(0x40'1234'5000);
const LinearAddress there = linear(0x40'1234'6000);

constexpr LeafAttributes read_only{
    .rights = {.writable = false, .user = true, .executable = true}, .accessed = true, .dirty = true};
constexpr LeafAttributes clean_page{.rights = {}, .accessed = true};

/// Two address spaces that map `here` to different pages.
struct TwoSpaces : Bench {
    explicit TwoSpaces(const machine::Profile& profile, LeafAttributes attributes = open_global_page) : Bench{profile}
    {
        other_root = new_table();
        map(root, here, 0xa000, attributes);
        map(other_root, here, 0xb000, attributes);
    }
    void switch_to(PhysicalAddress space) { (void)mmu.write_cr3({space.value()}); }

    PhysicalAddress other_root;
};

// Across MOV CR3 ---------------------------------------------------------------------------------------------------

TEST(MovCr3, LeavesAGlobalEntryWhichThenServesTheWrongSpace)
{
    TwoSpaces bench{plain_profile()};
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
    bench.switch_to(bench.root);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
}

TEST(MovCr3, TakesEntriesThatAreNotGlobal)
{
    TwoSpaces bench{plain_profile(), open_page};
    (void)bench.access(here, user_read);
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(MovCr3, WithGlobalPagesOffTheFlagMeansNothing)
{
    TwoSpaces bench{plain_profile()};
    (void)bench.mmu.write_cr4({x86::Cr4::pae});
    (void)bench.access(here, user_read);
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(MovCr3, TakesGlobalEntriesOnMachinesThatDoNotKeepThem)
{
    TwoSpaces bench{with({.keeps_global_across_cr3 = false})};
    (void)bench.access(here, user_read);
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(MovCr3, LeavesAGlobalEntryWhereTheNextSpaceMapsNothing)
{
    TwoSpaces bench{plain_profile()};
    bench.unmap(bench.other_root, here);
    (void)bench.access(here, user_read);
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
}

TEST(MovCr3, AGlobalEntryThatBothSpacesAgreeOnIsNotStale)
{
    TwoSpaces bench{plain_profile()};
    bench.map(bench.other_root, here, 0xa000, open_global_page);
    (void)bench.access(here, user_read);
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
}

TEST(MovCr3, WithPcidsKeepsWhatTheNoFlushBitAsksFor)
{
    TwoSpaces bench{plain_profile(), open_page};
    (void)bench.mmu.write_cr4({x86::Cr4::pae | x86::Cr4::pge | x86::Cr4::pcide});
    (void)bench.mmu.write_cr3({bench.root.value() | 1});
    (void)bench.access(here, user_read);
    (void)bench.mmu.write_cr3({bench.other_root.value() | 2 | x86::Cr3::no_flush});
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
    (void)bench.mmu.write_cr3({bench.root.value() | 1 | x86::Cr3::no_flush});
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
    (void)bench.mmu.write_cr3({bench.root.value() | 1});
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
    EXPECT_EQ(bench.mmu.mode().cr3.value & x86::Cr3::no_flush, 0U);
}

// Edits of the tables ----------------------------------------------------------------------------------------------

TEST(Edits, AChangedPageIsStaleUntilInvlpg)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xb000);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
    (void)bench.mmu.invlpg(here + 0xabc);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(Edits, AnUnmappedPageIsStaleUntilInvlpg)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.unmap(bench.root, here);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
    (void)bench.mmu.invlpg(here);
    const Translated gone = bench.access(here, user_read);
    EXPECT_FALSE(gone.permitted);
    EXPECT_FALSE(gone.stale);
    EXPECT_EQ(gone.fault.value, PageFaultCode::user);
}

TEST(Edits, APageThatWasNotPresentIsSeenAtOnce)
{
    Bench bench{plain_profile()};
    EXPECT_FALSE(bench.access(here, user_read).permitted);
    bench.map(bench.root, here, 0xa000);
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
}

TEST(Edits, StaleRightsAreStaleOnlyForWhatTheTablesForbid)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xa000, read_only);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
    expect_used(bench.access(here, user_write), 0xa000, Source::l1, true);
}

TEST(Edits, AnEditElsewhereMakesNothingStale)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.map(bench.root, there, 0xb000);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
}

TEST(Edits, AnEditThatIsTakenBackIsNotStaleAnyMore)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xb000);
    EXPECT_TRUE(bench.access(here, user_read).stale);
    bench.map(bench.root, here, 0xa000);
    EXPECT_FALSE(bench.access(here, user_read).stale);
}

TEST(Edits, DataAndFetchSidesAreInvalidatedTogether)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    (void)bench.access(here, user_fetch);
    bench.map(bench.root, here, 0xb000);
    EXPECT_TRUE(bench.access(here, user_fetch).stale);
    (void)bench.mmu.invlpg(here);
    expect_used(bench.access(here, user_fetch), 0xb000, Source::none, false);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(Edits, AStaleEntryOfTheSecondLevelIsStaleToo)
{
    machine::Profile profile = plain_profile();
    profile.l1_data = {full_array(1)};
    profile.l2_data = {full_array(8)};
    Bench bench{profile};
    bench.map(bench.root, here, 0xa000);
    bench.map(bench.root, there, 0xc000);
    (void)bench.access(here, user_read);
    (void)bench.access(there, user_read);
    bench.map(bench.root, here, 0xb000);
    const Translated stale = bench.access(here, user_read);
    expect_used(stale, 0xa000, Source::l2, true);
    EXPECT_EQ(stale.cycles, profile.costs.l2_tlb_hit);
    EXPECT_EQ(bench.ledger[machine::MmuCategory::l2_tlb_hit], (machine::LedgerLine{7, 1}));
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
}

// Other invalidations ----------------------------------------------------------------------------------------------

TEST(Invlpg, TakesAGlobalEntry)
{
    TwoSpaces bench{plain_profile()};
    (void)bench.access(here, user_read);
    bench.switch_to(bench.other_root);
    (void)bench.mmu.invlpg(here);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(PgeToggle, TakesGlobalEntriesToo)
{
    TwoSpaces bench{plain_profile()};
    (void)bench.access(here, user_read);
    bench.toggle_global_pages();
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(StructureCaches, ALinkThatWasReplacedIsFollowedAndFlagged)
{
    machine::Profile profile = plain_profile();
    profile.structure_caches = {4, 4, 4};
    Bench bench{profile};
    bench.map(bench.root, here, 0xa000);
    bench.map(bench.root, there, 0xc000);
    (void)bench.access(here, user_read); // keeps the PDE's target
    const PhysicalAddress pde = bench.slot(bench.root, here, Level::pde);
    bench.store(pde, Entry::table(bench.new_table()).with(Entry::accessed_bit)); // an empty table
    expect_used(bench.access(there, user_read), 0xc000, Source::none, true);     // walked through the old one
    expect_used(bench.access(there, user_read), 0xc000, Source::l1, true);
    (void)bench.mmu.invlpg(linear(0)); // any INVLPG takes all structures of the PCID on Intel
    expect_used(bench.access(there, user_read), 0xc000, Source::l1, true);
    (void)bench.mmu.invlpg(there);
    EXPECT_FALSE(bench.access(there, user_read).permitted);
}

TEST(StructureCaches, AStaleLinkCanAlsoFaultWhereTheTablesDoNot)
{
    machine::Profile profile = plain_profile();
    profile.structure_caches = {4, 4, 4};
    profile.behaviour.walks_again_when_denied = false;
    Bench bench{profile};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.store(bench.slot(bench.root, here, Level::pde), Entry{});
    bench.map(bench.root, there, 0xc000); // in a new table below the same PDE
    const Translated fault = bench.access(there, user_read);
    EXPECT_FALSE(fault.permitted);
    EXPECT_TRUE(fault.stale);
    (void)bench.mmu.deliver_page_fault(there);
    expect_used(bench.access(there, user_read), 0xc000, Source::none, false);
}

/// AMD's processors look at the tables themselves before they report a fault. [amd/vol2] 5.5.3
TEST(StructureCaches, AStaleLinkDoesNotFaultWhereDenialsAreWalkedAgain)
{
    machine::Profile profile = plain_profile();
    profile.structure_caches = {4, 4, 4};
    Bench bench{profile};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, user_read);
    bench.store(bench.slot(bench.root, here, Level::pde), Entry{});
    bench.map(bench.root, there, 0xc000); // in a new table below the same PDE
    expect_used(bench.access(there, user_read), 0xc000, Source::none, false);
}

TEST(StructureCaches, MovCr3TakesThem)
{
    machine::Profile profile = plain_profile();
    profile.structure_caches = {4, 4, 4};
    TwoSpaces bench{profile, open_page};
    (void)bench.access(here, user_read);
    bench.switch_to(bench.other_root);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

// Hits that do not suffice -----------------------------------------------------------------------------------------

TEST(Dirty, TheFirstWriteWalksAgainAndSetsD)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000, clean_page);
    (void)bench.access(here, user_read);
    expect_used(bench.access(here, user_write), 0xa000, Source::none, false);
    EXPECT_TRUE(Entry{bench.memory.read(bench.slot(bench.root, here, Level::pte))}.dirty());
    expect_used(bench.access(here, user_write), 0xa000, Source::l1, false);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
}

TEST(Dirty, AFirstWriteThroughACleanStaleEntryFindsTheNewPage)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000, clean_page);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xb000, clean_page);
    expect_used(bench.access(here, user_write), 0xb000, Source::none, false);
    expect_used(bench.access(here, user_read), 0xb000, Source::l1, false);
}

TEST(DeniedHit, WalksAgainBeforeItFaultsWhereTheMachineDoes)
{
    Bench bench{with({.walks_again_when_denied = true})};
    bench.map(bench.root, here, 0xa000, read_only);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xa000);
    const machine::MmuLedger before = bench.ledger;
    expect_used(bench.access(here, user_write), 0xa000, Source::none, false);
    EXPECT_EQ(bench.ledger.since(before).walks().count, 4U);
}

TEST(DeniedHit, FaultsAtOnceOnTheStaleEntryWhereTheMachineDoes)
{
    Bench bench{with({.walks_again_when_denied = false})};
    bench.map(bench.root, here, 0xa000, read_only);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xa000);
    const machine::MmuLedger before = bench.ledger;
    const Translated denied = bench.access(here, user_write);
    EXPECT_FALSE(denied.permitted);
    EXPECT_TRUE(denied.stale);
    EXPECT_EQ(denied.fault.value, PageFaultCode::present | PageFaultCode::write | PageFaultCode::user);
    EXPECT_EQ(bench.ledger, before);
    (void)bench.mmu.deliver_page_fault(here); // takes the entry: a retry succeeds
    expect_used(bench.access(here, user_write), 0xa000, Source::none, false);
}

TEST(DeniedHit, IsNoStaleFaultIfTheTablesForbidItToo)
{
    for (const bool again : {false, true}) {
        Bench bench{with({.walks_again_when_denied = again})};
        bench.map(bench.root, here, 0xa000, read_only);
        (void)bench.access(here, user_read);
        const Translated denied = bench.access(here, user_write);
        EXPECT_FALSE(denied.permitted);
        EXPECT_FALSE(denied.stale);
    }
}

TEST(PageFault, LeavesTheEntryWhereDeliveryDoesNotInvalidate)
{
    Bench bench{with({.walks_again_when_denied = false, .page_fault_invalidates = false})};
    bench.map(bench.root, here, 0xa000, read_only);
    (void)bench.access(here, user_read);
    bench.map(bench.root, here, 0xa000);
    EXPECT_FALSE(bench.access(here, user_write).permitted);
    (void)bench.mmu.deliver_page_fault(here);
    EXPECT_FALSE(bench.access(here, user_write).permitted); // for ever
    (void)bench.mmu.invlpg(here);
    EXPECT_TRUE(bench.access(here, user_write).permitted);
}

TEST(PageFault, DeliveryTakesTheAddressAndNoOther)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    bench.map(bench.root, there, 0xb000);
    (void)bench.access(here, user_read);
    (void)bench.access(there, user_read);
    (void)bench.mmu.deliver_page_fault(here);
    EXPECT_EQ(bench.access(here, user_read).source, Source::none);
    EXPECT_EQ(bench.access(there, user_read).source, Source::l1);
}

// Mode bits count at use -------------------------------------------------------------------------------------------

TEST(Modes, WriteProtectionAppliesToWhatIsCachedAlready)
{
    Bench bench{plain_profile()};
    const x86::Cr0 protecting = bench.mmu.mode().cr0;
    (void)bench.mmu.write_cr0({protecting.value & ~x86::Cr0::wp});
    bench.map(bench.root, here, 0xa000, read_only);
    expect_used(bench.access(here, supervisor_write), 0xa000, Source::none, false);
    expect_used(bench.access(here, supervisor_write), 0xa000, Source::l1, false);
    (void)bench.mmu.write_cr0(protecting);
    EXPECT_FALSE(bench.access(here, supervisor_write).permitted);
    expect_used(bench.access(here, supervisor_read), 0xa000, Source::none, false);
    (void)bench.mmu.write_cr0({protecting.value & ~x86::Cr0::wp});
    expect_used(bench.access(here, supervisor_read), 0xa000, Source::l1, false);
    EXPECT_TRUE(bench.access(here, supervisor_write).permitted);
}

TEST(Modes, SmapAppliesToWhatIsCachedAlreadyUnlessAcLiftsIt)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000);
    (void)bench.access(here, supervisor_read);
    (void)bench.mmu.write_cr4({bench.mmu.mode().cr4.value | x86::Cr4::smap});
    const Access lifted{AccessKind::read, false, true};
    expect_used(bench.access(here, lifted), 0xa000, Source::l1, false); // setting SMAP invalidates nothing
    const Translated denied = bench.access(here, supervisor_read);
    EXPECT_FALSE(denied.permitted);
    EXPECT_EQ(denied.fault.value, PageFaultCode::present);
    EXPECT_TRUE(bench.access(here, user_read).permitted);
}

TEST(Modes, SmepAppliesToWhatIsCachedAlready)
{
    machine::Profile amd = plain_profile();
    amd.vendor = x86::Vendor::amd; // promises no invalidation when SMEP is set
    Bench bench{amd};
    bench.map(bench.root, here, 0xa000);
    expect_used(bench.access(here, supervisor_fetch), 0xa000, Source::none, false);
    (void)bench.mmu.write_cr4({bench.mmu.mode().cr4.value | x86::Cr4::smep});
    EXPECT_FALSE(bench.access(here, supervisor_fetch).permitted);
    EXPECT_TRUE(bench.access(here, user_fetch).permitted);
}

TEST(Modes, ExecuteDisableAppliesToWhatIsCachedAlready)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000,
              {.rights = {.writable = true, .user = true, .executable = false}, .accessed = true, .dirty = true});
    (void)bench.access(here, user_read);
    EXPECT_FALSE(bench.access(here, user_fetch).permitted);
    (void)bench.mmu.write_efer({x86::Efer::lme | x86::Efer::lma}); // bit 63 of the leaf is reserved now
    const Translated stale = bench.access(here, user_read);
    EXPECT_TRUE(stale.permitted);
    EXPECT_TRUE(stale.stale);
}

TEST(LargePages, OneEntryHoldsTheWholePage)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, linear(1 << 30), 0, open_page, PageSize::size_1g);
    (void)bench.access(linear(1 << 30), user_read);
    const Translated far = bench.access(linear((1 << 30) + 0x12'3456), user_read);
    EXPECT_EQ(far.source, Source::l1);
    EXPECT_EQ(far.physical, PhysicalAddress{0x12'3456});
}

// Costs and questions ----------------------------------------------------------------------------------------------

TEST(Costs, EachOperationReturnsWhatItCharges)
{
    Bench bench{plain_profile()};
    EXPECT_EQ(bench.mmu.write_cr3(bench.mmu.mode().cr3), 11U);
    EXPECT_EQ(bench.mmu.write_cr0(bench.mmu.mode().cr0), 13U);
    EXPECT_EQ(bench.mmu.write_cr4(bench.mmu.mode().cr4), 17U);
    EXPECT_EQ(bench.mmu.write_efer(bench.mmu.mode().efer), 19U);
    EXPECT_EQ(bench.mmu.invlpg(here), 23U);
    EXPECT_EQ(bench.mmu.deliver_page_fault(here), 29U);
    EXPECT_EQ(bench.ledger[machine::MmuCategory::mov_cr3], (machine::LedgerLine{11, 1}));
    EXPECT_EQ(bench.ledger[machine::MmuCategory::mov_cr0], (machine::LedgerLine{13, 1}));
    EXPECT_EQ(bench.ledger[machine::MmuCategory::mov_cr4], (machine::LedgerLine{17, 1}));
    EXPECT_EQ(bench.ledger[machine::MmuCategory::wrmsr_efer], (machine::LedgerLine{19, 1}));
    EXPECT_EQ(bench.ledger[machine::MmuCategory::invlpg], (machine::LedgerLine{23, 1}));
    EXPECT_EQ(bench.ledger[machine::MmuCategory::exception_entry], (machine::LedgerLine{29, 1}));
    EXPECT_EQ(bench.ledger.total_cycles(), 112U);
}

TEST(ByTables, AnswersWithoutChargingFillingOrSettingFlags)
{
    Bench bench{plain_profile()};
    bench.map(bench.root, here, 0xa000, {});
    const machine::MmuLedger before = bench.ledger;
    EXPECT_TRUE(bench.mmu.by_tables(here, user_read).translation);
    EXPECT_FALSE(bench.mmu.by_tables(there, user_read).translation);
    EXPECT_EQ(bench.ledger, before);
    EXPECT_EQ(bench.mmu.tlb().population(), 0U);
    EXPECT_FALSE(Entry{bench.memory.read(bench.slot(bench.root, here, Level::pte))}.accessed());
}

TEST(Reset, ForgetsEverythingCachedAndTakesTheModeWithTheMachinesFeatures)
{
    machine::Profile profile = plain_profile();
    profile.structure_caches = {4, 4, 4};
    profile.features.physical_bits = 40;
    Bench bench{profile};
    bench.map(bench.root, here, 0xa000, open_global_page);
    (void)bench.access(here, user_read);
    bench.mmu.reset(usual_mode(bench.root));
    EXPECT_EQ(bench.mmu.tlb().population(), 0U);
    EXPECT_EQ(bench.mmu.mode().features.physical_bits, 40U);
    const machine::MmuLedger before = bench.ledger;
    (void)bench.access(here, user_read);
    EXPECT_EQ(bench.ledger.since(before).walks().count, 4U);
}

} // namespace
} // namespace drywalk::mmu
