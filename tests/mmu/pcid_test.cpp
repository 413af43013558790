// SPDX-License-Identifier: MIT
// CR4.PCIDE: whose entries MOV CR3, INVLPG and MOV CR4 remove and whose they leave. [intel/vol3] 4.10
#include "tests/mmu/bench.hpp"

namespace drywalk::mmu {
namespace {

using namespace test;
using Source = Tlb::Source;

const LinearAddress here = linear(0x40'1234'5000);
constexpr std::uint64_t pcids_on = x86::Cr4::pae | x86::Cr4::pge | x86::Cr4::pcide;

/// Two address spaces, with PCIDs 1 and 2, that map `here` to 0xa000 and 0xb000.
struct TwoPcids : Bench {
    explicit TwoPcids(const machine::Profile& profile = plain_profile(), LeafAttributes attributes = open_page)
        : Bench{profile}
    {
        other_root = new_table();
        map(root, here, 0xa000, attributes);
        map(other_root, here, 0xb000, attributes);
        (void)mmu.write_cr4({pcids_on});
    }

    enum class Switch { flush, no_flush };
    void first(Switch how) { load(root, 1, how); }
    void second(Switch how) { load(other_root, 2, how); }

    PhysicalAddress other_root;

private:
    void load(PhysicalAddress space, std::uint64_t pcid, Switch how)
    {
        (void)mmu.write_cr3({space.value() | pcid | (how == Switch::no_flush ? x86::Cr3::no_flush : 0)});
    }
};
using Switch = TwoPcids::Switch;

TEST(Pcid, MovCr3LeavesTheOtherPcidsEntriesWhetherItFlushesOrNot)
{
    for (const Switch how : {Switch::flush, Switch::no_flush}) {
        TwoPcids bench;
        bench.first(Switch::flush);
        (void)bench.access(here, user_read);
        bench.second(how);
        expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
        bench.first(Switch::no_flush);
        expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
        bench.second(Switch::no_flush);
        expect_used(bench.access(here, user_read), 0xb000, Source::l1, false);
    }
}

TEST(Pcid, MovCr3WithoutBit63TakesTheEntriesOfThePcidItLoads)
{
    TwoPcids bench;
    bench.first(Switch::flush);
    (void)bench.access(here, user_read);
    bench.second(Switch::flush);
    (void)bench.access(here, user_read);
    bench.first(Switch::flush);
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
}

/// The mistake that bit 63 makes possible.
TEST(Pcid, AnEditMeanwhileIsStaleWhereBit63KeepsTheEntry)
{
    TwoPcids bench;
    bench.first(Switch::flush);
    (void)bench.access(here, user_read);
    bench.second(Switch::flush);
    bench.map(bench.root, here, 0xc000);
    bench.first(Switch::no_flush);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
    bench.first(Switch::flush);
    expect_used(bench.access(here, user_read), 0xc000, Source::none, false);
}

TEST(Pcid, InvlpgTakesThePageOfTheCurrentPcidAlone)
{
    TwoPcids bench;
    bench.first(Switch::flush);
    (void)bench.access(here, user_read);
    bench.second(Switch::flush);
    (void)bench.access(here, user_read);
    (void)bench.mmu.invlpg(here);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
    bench.first(Switch::no_flush);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
}

TEST(Pcid, AGlobalEntryServesEveryPcidAndInvlpgTakesItUnderAny)
{
    TwoPcids bench{plain_profile(), open_global_page};
    bench.first(Switch::flush);
    (void)bench.access(here, user_read);
    bench.second(Switch::flush);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
    (void)bench.mmu.invlpg(here);
    expect_used(bench.access(here, user_read), 0xb000, Source::none, false);
}

TEST(Pcid, StructureEntriesAreKeptAndTakenWithTheirPcid)
{
    const auto walk_reads = [](Switch back) {
        machine::Profile profile = plain_profile();
        profile.structure_caches = {4, 4, 4};
        TwoPcids bench{profile};
        bench.map(bench.root, here + 0x1000, 0xc000);
        bench.first(Switch::flush);
        (void)bench.access(here, user_read);
        bench.second(Switch::no_flush);
        bench.first(back);
        const std::uint64_t before = bench.ledger.walks().count;
        (void)bench.access(here + 0x1000, user_read);
        return bench.ledger.walks().count - before;
    };
    EXPECT_EQ(walk_reads(Switch::no_flush), 1U) << "the PDE's target is known";
    EXPECT_EQ(walk_reads(Switch::flush), 4U);
}

TEST(Pcid, ClearingPcideTakesEverythingAndSettingItNothing)
{
    TwoPcids bench{plain_profile(), open_global_page};
    (void)bench.access(here, user_read);
    (void)bench.mmu.write_cr4({pcids_on & ~x86::Cr4::pcide});
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
    (void)bench.mmu.write_cr4({pcids_on});
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, false);
}

TEST(Pcid, WithoutPcideAllEntriesAreOfPcidZero)
{
    TwoPcids bench;
    (void)bench.mmu.write_cr4({pcids_on & ~x86::Cr4::pcide});
    (void)bench.mmu.write_cr3({bench.root.value() | 0x18}); // PWT and PCD
    (void)bench.access(here, user_read);
    (void)bench.mmu.write_cr4({pcids_on});
    bench.first(Switch::no_flush);
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
}

TEST(Pcid, AMachineThatKeepsNoOtherPcidsIgnoresBit63)
{
    machine::Profile profile = with({.keeps_other_pcids = false});
    profile.structure_caches = {4, 4, 4};
    TwoPcids bench{profile};
    bench.first(Switch::flush);
    (void)bench.access(here, user_read);
    bench.second(Switch::no_flush);
    bench.first(Switch::no_flush);
    const std::uint64_t before = bench.ledger.walks().count;
    expect_used(bench.access(here, user_read), 0xa000, Source::none, false);
    EXPECT_EQ(bench.ledger.walks().count - before, 4U);
}

TEST(Pcid, AMachineThatKeepsNoOtherPcidsKeepsGlobalEntries)
{
    TwoPcids bench{with({.keeps_other_pcids = false}), open_global_page};
    bench.first(Switch::flush);
    (void)bench.access(here, user_read);
    bench.second(Switch::flush);
    expect_used(bench.access(here, user_read), 0xa000, Source::l1, true);
}

} // namespace
} // namespace drywalk::mmu
