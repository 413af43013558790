// SPDX-License-Identifier: MIT
// Two-dimensional walks: how many references, what the caches of each dimension save, and what a TLB entry covers.
#include "models/mmu/nested_walker.hpp"

#include "tests/mmu/bench.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using namespace test;
using x86::GuestPhysicalAddress;

/// As plain_profile(), as a guest. Nothing of the host's side is cached unless asked for.
machine::Profile guest(PageSize host_page_size, machine::PagingStructureCacheProfile host_caches = {},
                       std::uint32_t tlb_entries = 1)
{
    machine::Profile profile = plain_profile();
    profile.nested = {.on = true,
                      .host_page_size = host_page_size,
                      .tlb_entries = tlb_entries,
                      .structure_caches = host_caches,
                      .vm_exit = 1'000,
                      .mov_cr4_exits = true};
    return profile;
}

const LinearAddress here = linear(0x40'1234'5000);

/// A 4 KiB page whose tables and data lie in different pages of 4 KiB and of 2 MiB, so that one nested TLB entry helps
/// nowhere.
struct Scattered {
    explicit Scattered(const machine::Profile& profile) : bench{profile}
    {
        std::uint64_t table = 0x20'0000;
        PhysicalAddress at{bench.root};
        for (Level level = x86::root_level; level != Level::pte; level = below(level)) {
            bench.store(at + std::uint64_t{here.index(level)} * x86::entry_bytes,
                        Entry::table(PhysicalAddress{table}).with(Entry::accessed_bit));
            at = PhysicalAddress{table};
            table += 0x20'0000;
        }
        bench.store(at + std::uint64_t{here.index(Level::pte)} * x86::entry_bytes,
                    Entry::leaf(PhysicalAddress{0xa0'0000}, PageSize::size_4k, open_page));
    }
    Bench bench;
};

TEST(NestedWalk, TakesTwentyFourReferencesAtWorst)
{
    Scattered scattered{guest(PageSize::size_4k)};
    const Translated translated = scattered.bench.access(here, user_read);
    ASSERT_TRUE(translated.permitted);
    EXPECT_EQ(translated.physical, PhysicalAddress{0xa0'0000});
    EXPECT_EQ(scattered.bench.ledger.walks().count, 4U);
    EXPECT_EQ(scattered.bench.ledger.nested_walks().count, 20U);
    EXPECT_EQ(translated.cycles, scattered.bench.ledger.total_cycles());
}

TEST(NestedWalk, LargerHostPagesSaveALevelInEachOfTheFiveWalks)
{
    Scattered two_mebibytes{guest(PageSize::size_2m)};
    (void)two_mebibytes.bench.access(here, user_read);
    EXPECT_EQ(two_mebibytes.bench.ledger.nested_walks().count, 15U);
    Scattered one_gibibyte{guest(PageSize::size_1g)};
    (void)one_gibibyte.bench.access(here, user_read);
    EXPECT_EQ(one_gibibyte.bench.ledger.nested_walks().count, 2U); // one page holds all of the guest
}

TEST(NestedWalk, AHostPdeCacheLeavesOneReferenceAWalk)
{
    Scattered scattered{guest(PageSize::size_4k, {.pde = 8})};
    (void)scattered.bench.access(here, user_read);
    const std::uint64_t first = scattered.bench.ledger.nested_walks().count;
    EXPECT_EQ(first, 20U);                  // each 2 MiB region is new
    (void)scattered.bench.mmu.invlpg(here); // takes what is cached by linear address alone
    (void)scattered.bench.access(here, user_read);
    EXPECT_EQ(scattered.bench.ledger.nested_walks().count - first, 5U);
}

/// [intel/vol3] 28.3.3.1: INVLPG and MOV CR3 do not invalidate guest-physical mappings.
TEST(NestedWalk, TheNestedTlbOutlivesWhatTheGuestInvalidates)
{
    Scattered scattered{guest(PageSize::size_4k, {}, 16)};
    (void)scattered.bench.access(here, user_read);
    const std::uint64_t first = scattered.bench.ledger.nested_walks().count;
    (void)scattered.bench.mmu.invlpg(here);
    (void)scattered.bench.mmu.write_cr3({scattered.bench.root.value()});
    EXPECT_EQ(scattered.bench.access(here, user_read).source, Tlb::Source::none);
    EXPECT_EQ(scattered.bench.ledger.nested_walks().count, first);
}

/// The caches of the guest's structures know where the host has the table that they lead to.
TEST(NestedWalk, AHitInAGuestStructureCacheNeedsNoTranslationOfItsTable)
{
    machine::Profile profile = guest(PageSize::size_4k);
    profile.structure_caches = {4, 4, 4};
    Scattered scattered{profile};
    scattered.bench.map(scattered.bench.root, here + 0x1000, 0xc0'0000);
    (void)scattered.bench.access(here, user_read);
    const machine::MmuLedger before = scattered.bench.ledger;
    (void)scattered.bench.access(here + 0x1000, user_read);
    const machine::MmuLedger spent = scattered.bench.ledger.since(before);
    EXPECT_EQ(spent.walks().count, 1U);
    EXPECT_EQ(spent.nested_walks().count, 4U); // the page alone
}

/// [intel/vol3] 28.3.3.1 again, for host PDEs that lie among the guest's pages.
TEST(NestedWalk, HostPdesInTheSecondLevelOutliveWhatTheGuestInvalidates)
{
    machine::Profile profile = guest(PageSize::size_4k);
    profile.nested.pdes_in_l2_data = true;
    profile.l2_data = {machine::TlbArrayProfile{.sets = 1, .ways = 64, .holds = {true, true, false}}};
    profile.l2_data[0].holds_structures[level_position(Level::pde) - 1] = true;
    Scattered scattered{profile};
    (void)scattered.bench.access(here, user_read);
    const std::uint64_t first = scattered.bench.ledger.nested_walks().count;
    EXPECT_EQ(first, 20U);
    (void)scattered.bench.mmu.invlpg(here);
    (void)scattered.bench.mmu.write_cr3({scattered.bench.root.value()});
    (void)scattered.bench.mmu.write_cr4({scattered.bench.mmu.mode().cr4.value ^ x86::Cr4::pge});
    (void)scattered.bench.access(here, user_read);
    EXPECT_EQ(scattered.bench.ledger.nested_walks().count - first, 5U);
    scattered.bench.mmu.reset(scattered.bench.mmu.mode());
    (void)scattered.bench.access(here, user_read);
    EXPECT_EQ(scattered.bench.ledger.nested_walks().count - first, 5U + 20U);
}

/// From the root a walk of the host comes first, so that walk_start covers none of the 24.
TEST(NestedWalk, EachFurtherReferenceTakesAStep)
{
    Scattered plain{guest(PageSize::size_4k)};
    machine::Profile profile = guest(PageSize::size_4k);
    profile.nested.walk_step = 10;
    Scattered stepping{profile};
    const std::uint64_t without = plain.bench.access(here, user_read).cycles;
    const std::uint64_t with = stepping.bench.access(here, user_read).cycles;
    EXPECT_EQ(with - without, 24U * 10U);
    EXPECT_EQ(with, stepping.bench.ledger.total_cycles());
}

TEST(NestedWalk, ATlbEntryCoversTheSmallerOfTheTwoPages)
{
    for (const auto& [guest_size, host_size, expected] :
         {std::tuple{PageSize::size_2m, PageSize::size_4k, PageSize::size_4k},
          {PageSize::size_2m, PageSize::size_1g, PageSize::size_2m},
          {PageSize::size_4k, PageSize::size_2m, PageSize::size_4k}}) {
        Bench bench{guest(host_size)};
        const LinearAddress page = here.page(guest_size);
        bench.map(bench.root, page, 0x80'0000, open_page, guest_size);
        EXPECT_EQ(bench.access(page, user_read).source, Tlb::Source::none);
        EXPECT_EQ(bench.access(page + 0xfff, user_read).source, Tlb::Source::l1);
        const LinearAddress next = page + 0x1000;
        if (guest_size == PageSize::size_4k) continue;
        EXPECT_EQ(bench.access(next, user_read).source,
                  expected == PageSize::size_4k ? Tlb::Source::none : Tlb::Source::l1);
        (void)bench.mmu.invlpg(page + 0x1f'0000); // any address of the guest's page removes all of it
        EXPECT_EQ(bench.access(page, user_read).source, Tlb::Source::none);
    }
}

TEST(NestedWalk, ExitsCostWhereTheHypervisorIntercepts)
{
    Bench bench{guest(PageSize::size_2m)};
    EXPECT_EQ(bench.mmu.write_cr4(bench.mmu.mode().cr4), 17U + 1'000U);
    EXPECT_EQ(bench.mmu.write_cr0(bench.mmu.mode().cr0), 13U);
    EXPECT_EQ(bench.ledger[machine::MmuCategory::vm_exit], (machine::LedgerLine{1'000, 1}));
}

/// A nested walker on tables of the test's own making.
struct Host {
    explicit Host(std::uint32_t tlb_entries = 4)
        : profile{guest(PageSize::size_4k, {}, tlb_entries)}, caches{profile.memory}, tables{memory,
                                                                                             PhysicalAddress{1 << 20}},
          walker{{.profile = profile.nested, .memory = memory, .port = caches, .ledger = ledger}}
    {
        walker.load_root(tables.root());
    }

    machine::Profile profile;
    memory::PhysicalMemory memory{4 << 20};
    memory::Hierarchy caches;
    machine::MmuLedger ledger;
    HostTables tables;
    NestedWalker walker;
};

TEST(NestedWalker, GoesWhereTheHostsTablesLead)
{
    Host host;
    host.tables.map(GuestPhysicalAddress{0x5000}, PhysicalAddress{0x9000}, PageSize::size_4k);
    const NestedWalker::Translated walked = host.walker.translate(GuestPhysicalAddress{0x5678});
    EXPECT_EQ(walked.physical, PhysicalAddress{0x9678});
    EXPECT_GT(walked.cycles, 0U);
    const NestedWalker::Translated again = host.walker.translate(GuestPhysicalAddress{0x5008});
    EXPECT_EQ(again.physical, PhysicalAddress{0x9008});
    EXPECT_EQ(again.cycles, 0U) << "the same page";
}

/// Software edits them in memory; what is cached stays until it is thrown out.
TEST(NestedWalker, AnEditCountsWhenTheOldEntryIsGone)
{
    Host host;
    const GuestPhysicalAddress page{0x5000};
    host.tables.map(page, PhysicalAddress{0x9000}, PageSize::size_4k);
    (void)host.walker.translate(page);
    host.tables.map(page, PhysicalAddress{0xa000}, PageSize::size_4k);
    EXPECT_EQ(host.walker.by_tables(page), PhysicalAddress{0xa000});
    EXPECT_EQ(host.walker.translate(page).physical, PhysicalAddress{0x9000});
    host.walker.clear();
    EXPECT_EQ(host.walker.translate(page).physical, PhysicalAddress{0xa000});
}

TEST(NestedWalker, FindsNoMemoryWhereTheHostMapsNothing)
{
    Host host;
    const GuestPhysicalAddress page{0x5000};
    host.tables.map(page, PhysicalAddress{0x9000}, PageSize::size_4k);
    host.tables.unmap(page, PageSize::size_4k);
    for (const GuestPhysicalAddress nowhere : {page, GuestPhysicalAddress{std::uint64_t{1} << 40}}) {
        EXPECT_GE(host.walker.translate(nowhere).physical.value(), host.memory.size());
        EXPECT_GE(host.walker.by_tables(nowhere).value(), host.memory.size());
    }
}

/// The guest's frames lie elsewhere in the host's memory: each address of its tables, and the page in the end.
TEST(NestedWalk, TablesAndDataAreReadWhereTheHostHasThem)
{
    constexpr std::uint64_t moved = 8 << 20; // by how much, in the bench's memory of 16 MiB
    Bench bench{guest(PageSize::size_4k)};
    HostTables elsewhere{bench.memory, PhysicalAddress{12 << 20}};
    for (std::uint64_t page = 0; page < 4 << 20; page += x86::small_page_bytes)
        elsewhere.map(GuestPhysicalAddress{page}, PhysicalAddress{page + moved}, PageSize::size_4k);
    bench.mmu.load_host_root(elsewhere.root());
    PhysicalAddress table = bench.root;
    for (Level level = x86::root_level; level != Level::pte;
         level = below(level), table = table + x86::small_page_bytes)
        bench.memory.write(table + moved + std::uint64_t{here.index(level)} * x86::entry_bytes,
                           Entry::table(table + x86::small_page_bytes).raw());
    const PhysicalAddress leaf = table + moved + std::uint64_t{here.index(Level::pte)} * x86::entry_bytes;
    bench.memory.write(leaf, Entry::leaf(PhysicalAddress{0x20'0000}, PageSize::size_4k, {}).raw());
    for (const Tlb::Source source : {Tlb::Source::none, Tlb::Source::l1}) {
        const Translated translated = bench.access(here + 0x123, user_read);
        ASSERT_TRUE(translated.permitted);
        EXPECT_EQ(translated.physical, PhysicalAddress{0x20'0000 + moved + 0x123});
        EXPECT_EQ(translated.source, source);
        EXPECT_FALSE(translated.stale);
    }
    EXPECT_TRUE(Entry{bench.memory.read(leaf)}.accessed()) << "the flag goes there too";
    bench.store(leaf, Entry{});
    EXPECT_TRUE(bench.access(here, user_read).stale);
}

} // namespace
} // namespace drywalk::mmu
