// SPDX-License-Identifier: MIT
// The machine tiny_by_hand, followed on paper: every cycle of a short sequence of MMU operations is derived here.
//
// Two data and two fetch TLB entries, LRU, no second level. One paging-structure-cache entry a level. L1D: two sets of
// one line, 1 cycle; L2: two sets of two lines, 10 cycles; DRAM: 100 cycles. The set of a line is bit 6 of its address,
// so eight neighbouring entries of a table share a line, and the line of entries 0 to 7 is in set 0.
#include "sim/machine/machine.hpp"
#include "tests/mmu/bench.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace drywalk::mmu {
namespace {

using namespace test;
using machine::ServedBy;
using Source = Tlb::Source;

machine::Profile tiny() { return machine::load_machine(source_tree() / "scenarios/machines", "tiny_by_hand").profile; }

/// The first space has tables R P D T (the first 2 MiB) and U (the next 2 MiB); the second has r p d t. All entries
/// but page C's are in the first line of their table, which is in set 0; page C's PTE is number 8, in set 1.
struct TinyBench : Bench {
    static constexpr LeafAttributes clean{.rights = {}, .accessed = true};
    static constexpr LeafAttributes supervisor_only{
        .rights = {.writable = true, .user = false, .executable = true}, .accessed = true, .dirty = true};

    TinyBench() : Bench{tiny()}
    {
        second_root = new_table();
        map(root, a, 0xa000);
        map(root, b, 0xb000);
        map(root, c, 0xc000);
        map(root, g, 0xd000, open_global_page);
        map(second_root, g, 0xe000, open_global_page);
        map(second_root, n, 0xf000, clean);
        map(second_root, s, 0x8000, supervisor_only);
    }

    void expect(LinearAddress address, Access kind, std::uint64_t cycles, Source source, bool stale = false)
    {
        const Translated translated = mmu.translate(address, kind);
        EXPECT_TRUE(translated.permitted);
        EXPECT_EQ(translated.cycles, cycles);
        EXPECT_EQ(translated.source, source);
        EXPECT_EQ(translated.stale, stale);
    }
    void expect_fault(LinearAddress address, Access kind, std::uint64_t cycles)
    {
        const Translated translated = mmu.translate(address, kind);
        EXPECT_FALSE(translated.permitted);
        EXPECT_EQ(translated.cycles, cycles);
        EXPECT_FALSE(translated.stale);
    }
    void expect_walks(Level level, std::uint64_t l1d, std::uint64_t l2, std::uint64_t dram) const
    {
        EXPECT_EQ((ledger[machine::WalkReference{level, ServedBy::l1d}]), (machine::LedgerLine{1 * l1d, l1d}));
        EXPECT_EQ((ledger[machine::WalkReference{level, ServedBy::l2}]), (machine::LedgerLine{10 * l2, l2}));
        EXPECT_EQ((ledger[machine::WalkReference{level, ServedBy::dram}]), (machine::LedgerLine{100 * dram, dram}));
    }

    LinearAddress a = linear(0x1000), b = linear(0x2000), g = linear(0x3000), n = linear(0x4000), s = linear(0x5000);
    LinearAddress c = linear(0x20'8000);
    PhysicalAddress second_root;
};

/// In the comments "set 0: T | T D" means: L1D holds T, L2 holds T (most recent) and D. "keeps" names the tables that
/// the PML4E, PDPTE and PDE caches lead to. "TLB" lists data entries from most to least recent.
TEST(TinyByHand, EveryCycleOfASequenceOfOperations)
{
    TinyBench m;
    // 1. All is cold: R P D T from DRAM. set 0: T | T D. keeps P D T. TLB a.
    m.expect(m.a, user_read, 400, Source::none);
    // 2. The same page: nothing.
    m.expect(m.a + 8, user_read, 0, Source::l1);
    // 3. b's PDE is kept: only the PTE, from T in L1D. TLB b a.
    m.expect(m.b, user_read, 1, Source::none);
    // 4. c is in the next 2 MiB: its PDPTE is kept, its PDE is not. D from L2 (10), U's second line from DRAM (100).
    //    set 0: D | D T. set 1: U | U. keeps P D U. TLB c b.
    m.expect(m.c, user_read, 110, Source::none);
    // 5. a was evicted from the TLB by step 4, and T from the PDE cache: D from L1D (1), T from L2 (10).
    //    set 0: T | T D. keeps P D T. TLB a c.
    m.expect(m.a, user_read, 11, Source::none);
    // 6. INVLPG costs 20, drops a and every kept structure. TLB c.
    EXPECT_EQ(m.mmu.invlpg(m.a), 20U);
    // 7. From the root again. R and P push T and D out of L2 before they are asked for: four times DRAM.
    //    set 0: T | T D. keeps P D T. TLB a c.
    m.expect(m.a, user_read, 400, Source::none);
    // 8. c survived the INVLPG of a. TLB c a.
    m.expect(m.c, user_read, 0, Source::l1);
    // 9. g: the PTE alone, from T in L1D. TLB g c.
    m.expect(m.g, user_read, 1, Source::none);
    // 10. MOV CR3 costs 50; c goes, g is global and stays; kept structures go. TLB g.
    EXPECT_EQ(m.mmu.write_cr3({m.second_root.value()}), 50U);
    // 11. The second space maps g elsewhere: served at no cost, and wrong.
    m.expect(m.g, user_read, 0, Source::l1, true);
    // 12. A fetch finds the fetch TLB empty: r p d t from DRAM, and the right page. set 0: t | t d. keeps p d t.
    m.expect(m.g, user_fetch, 400, Source::none);
    // 13. Two MOV CR4 of 70 each; either drops everything.
    m.toggle_global_pages();
    // 14. r pushes d, p pushes t, out of L2: four times DRAM. set 0: t | t d. keeps p d t. TLB g.
    m.expect(m.g, user_read, 400, Source::none);
    // 15. n: the PTE alone, from t in L1D. TLB n g.
    m.expect(m.n, user_read, 1, Source::none);
    // 16. A write needs D, which the entry lacks: the PTE again from L1D (1) and its update there (1).
    m.expect(m.n, user_write, 2, Source::none);
    // 17. Now it has it.
    m.expect(m.n, user_write, 0, Source::l1);
    // 18. s belongs to the supervisor: the PTE from L1D (1), then the fault; nothing is filled.
    m.expect_fault(m.s, user_read, 1);
    // 19. Its delivery costs 100 and drops the structures kept for the address.
    EXPECT_EQ(m.mmu.deliver_page_fault(m.s), 100U);
    // 20. So the next attempt starts at the root; as in step 14 all from DRAM. A walk that faults keeps nothing.
    m.expect_fault(m.s, user_read, 400);
    // 21. The supervisor's own access walks from the root as well, and fills. TLB s n.
    m.expect(m.s, supervisor_read, 400, Source::none);
    // 22. A hit that denies the access faults at once here.
    m.expect_fault(m.s, user_read, 0);

    // Steps 1, 7, 12, 14, 20 and 21 walked all four levels from DRAM; 4 and 5 two levels; 3, 9, 15, 16 and 18 one.
    m.expect_walks(Level::pml4e, 0, 0, 6);
    m.expect_walks(Level::pdpte, 0, 0, 6);
    m.expect_walks(Level::pde, 1, 1, 6); // step 5, step 4
    m.expect_walks(Level::pte, 5, 1, 7); // the five; step 5; and U in step 4
    EXPECT_EQ(m.ledger[machine::MmuCategory::accessed_dirty_update], (machine::LedgerLine{1, 1}));
    EXPECT_EQ(m.ledger[machine::MmuCategory::invlpg], (machine::LedgerLine{20, 1}));
    EXPECT_EQ(m.ledger[machine::MmuCategory::mov_cr3], (machine::LedgerLine{50, 1}));
    EXPECT_EQ(m.ledger[machine::MmuCategory::mov_cr4], (machine::LedgerLine{140, 2}));
    EXPECT_EQ(m.ledger[machine::MmuCategory::exception_entry], (machine::LedgerLine{100, 1}));
    // Walks: 600 + 600 + (1 + 10 + 600) + (5 + 10 + 700) = 2526; the rest: 1 + 20 + 50 + 140 + 100 = 311.
    EXPECT_EQ(m.ledger.walks().cycles, 2'526U);
    EXPECT_EQ(m.ledger.total_cycles(), 2'837U);
}

} // namespace
} // namespace drywalk::mmu
