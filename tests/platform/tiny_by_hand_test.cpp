// SPDX-License-Identifier: MIT
// A CALL/RUN/HALT program on the machine tiny_by_hand, every cycle of it derived here on paper.
//
// One Image with one code page, one Instance, not_global. The body loads the page's mark and calls its code; the pair
// is made twice. Two data and two fetch TLB entries, one paging-structure-cache entry a level. L1D: two sets of one
// line, 1 cycle; L2: two sets of two lines, 10 cycles; DRAM: 100 cycles. Bit 6 of an address selects the set.
//
// Lines, all of them in set 0 but the last two, since their offset in the page is below 64:
//   R   the root: PML4E 0 (stub, mailbox) and 1 (template, stack)
//   P0 D0 T0   PDPT, PD and PT of stub (PTE 0), items (PTE 1) and results (PTE 5)
//   P1  the PDPT of template (entry 1) and stack (entry 2)
//   TD TT   PD and PT of the template
//   SD  the PD of the stack
//   M   the mailbox's items     Q   its results     F   the template page
//   S   the stack's PT, entry 8: set 1     K   the last line of the stack page: set 1
//
// "set 0: X | X Y" means that L1D has X, and L2 has X and Y, X being the more recent.
#include "sim/platform/plain_platform.hpp"
#include "tests/platform/programs.hpp"

#include <gtest/gtest.h>

namespace drywalk::platform {
namespace {

using namespace test;
using machine::Ledger;
using machine::MmuCategory;
using machine::PlatformCategory;
using machine::ServedBy;
using machine::WalkReference;
using x86::Level;

// At the first CALL. Building the Instance ended by linking the template: PML4E 1 was loaded, PDPTE 1 of P1 stored, and
// before that the stack's PTE was stored to S. The direct map's entry was in the TLB all the time, so no walk came in
// between. set 0: P1 | P1 R. set 1: S | S and a line that was zeroed.
//
// First pair.
//   CALL: 3 instructions. RUN: 5. MOV CR3 50; the TLBs and kept structures are empty now. IRETQ 60.
//
//   Fetch the stub: walk R 10 (L2), P0 100, D0 100, T0 100. No entry has A yet. Setting it comes to R P0 D0 T0 in turn,
//     and each of the four has just been pushed out of the two lines of L2: 100 each.
//     set 0: T0 | T0 D0. Kept: P0 D0 T0.
//   Item 0, first half: the PDE is kept: T0 1 (L1D). Set A of PTE 1: 1. Data M 100. Second half: TLB hit, M 1.
//     set 0: M | M T0.
//   Load the template page: another PML4E, all from the root: R P1 TD TT 100 each. Set A in all four: 100 each, as for
//     the stub. Data F 100. set 0: F | F TT. Kept: P1 TD TT. Data TLB: template, items.
//   Store result 0: from the root again: R P0 D0 T0 100 each. Set A and D of PTE 5: T0 1. Data Q 100.
//     set 0: Q | Q T0. Kept: P0 D0 T0. Data TLB: results, template.
//   Item 1, first half: items were evicted. The PDE is kept: T0 10 (L2). Data M 100. Second half: TLB hit, M 1.
//     set 0: M | M T0. Data TLB: items, results.
//   Push the return address: R 100, P1 100, SD 100, S 1 (L1D). PML4E 1 has A. Set A of P1's entry 2: P1 10 (L2 has SD
//   and
//     P1), then SD 10, then A and D of the PTE: S 1. Data K 100. set 0: SD | SD P1. set 1: K | K S. Kept: P1 SD S.
//     Data TLB: stack, items.
//   Fetch the template's code: PML4E 1 is kept, its PDPTE 2 does not serve PDPTE 1: P1 10 (L2), TD 100, TT 100. All
//     have A. set 0: TT | TT TD. Kept: P1 TD TT. Fetch TLB: template, stub.
//   Pop the return address: TLB hit, K 1. Fetch the stub: TLB hit.
//   Store result 1: results were evicted by the stack. From the root: R P0 D0 T0 100 each. Data Q 100.
//     set 0: Q | Q T0.
//   Software interrupt 110. MOV CR3 50. HALT: 7 instructions.
//
// Second pair. All A and D are set. set 0: Q | Q T0. set 1: K | K S.
//   CALL 3, RUN 5, MOV CR3 50, IRETQ 60, later 110, 50 and 7 as before.
//   Fetch the stub: R P0 D0 T0: R pushes T0 out of L2 before it is asked for. 100 each. set 0: T0 | T0 D0.
//   Item 0: T0 1 (L1D); M 100; M 1.
//   Load the template page: R P1 TD TT 100 each. F 100.
//   Store result 0: R P0 D0 T0 100 each. Q 100. set 0: Q | Q T0.
//   Item 1: T0 10 (L2); M 100; M 1.
//   Push: R P1 SD 100 each; S 10: K has taken its place in L1D. Then K 10 for the same reason.
//   Fetch the template's code: P1 10 (L2 has SD and P1), TD 100, TT 100.
//   Pop: K 1. Store result 1: R P0 D0 T0 100 each. Q 100.

RunResult run_twice()
{
    ProgramBuilder builder;
    builder.image({.code_pages = 1});
    builder.instance({.image = 0});
    const std::uint32_t body = builder.body({builder.load(0), builder.call(0)});
    builder.pair(0, body);
    builder.pair(0, body);
    const std::vector<std::byte> program = builder.bytes();
    return run_plain(machine("tiny_by_hand"), some_costs, program, {});
}

struct References {
    std::uint64_t l1d, l2, dram;
};

void expect_walks(const Ledger& ledger, Level level, References expected)
{
    EXPECT_EQ((ledger[WalkReference{level, ServedBy::l1d}]), (Ledger::Line{expected.l1d, expected.l1d}));
    EXPECT_EQ((ledger[WalkReference{level, ServedBy::l2}]), (Ledger::Line{10 * expected.l2, expected.l2}));
    EXPECT_EQ((ledger[WalkReference{level, ServedBy::l3}]), (Ledger::Line{0, 0}));
    EXPECT_EQ((ledger[WalkReference{level, ServedBy::dram}]), (Ledger::Line{100 * expected.dram, expected.dram}));
}

TEST(TinyByHand, WalkReferencesOfTwoPairs)
{
    const Ledger ledger = run_twice().workload_ledger();
    // R: L2 for the first stub; DRAM for template, results twice and stack; in the second pair for the stub as well.
    expect_walks(ledger, Level::pml4e, {0, 1, 4 + 5});
    // The same walks; the code fetch starts here and finds P1 in L2, in both pairs.
    expect_walks(ledger, Level::pdpte, {0, 1 + 1, 5 + 5});
    // Stub, template, results twice, stack and code fetch: all from DRAM.
    expect_walks(ledger, Level::pde, {0, 0, 6 + 6});
    // T0 in L1D for item 0, in L2 for item 1; S in L1D for the first push and in L2 for the second; five from DRAM.
    expect_walks(ledger, Level::pte, {2 + 1, 1 + 2, 5 + 5});
}

TEST(TinyByHand, EveryOtherCategoryOfTwoPairs)
{
    const Ledger ledger = run_twice().workload_ledger();
    // Stub 400, items 1, template 400, results 1, stack 10 + 10 + 1; nothing in the second pair.
    EXPECT_EQ(ledger[MmuCategory::accessed_dirty_update], (Ledger::Line{823, 4 + 1 + 4 + 1 + 3}));
    // M 101, F 100, Q 100, M 101, K 101, Q 100 = 603; then the same with K 11 = 513.
    EXPECT_EQ(ledger[PlatformCategory::user_access], (Ledger::Line{603 + 513, 2 * 9}));
    EXPECT_EQ(ledger[PlatformCategory::kernel_instructions], (Ledger::Line{2 * (3 + 5 + 7), 2 * 3}));
    EXPECT_EQ(ledger[MmuCategory::mov_cr3], (Ledger::Line{2 * 2 * 50, 2 * 2}));
    EXPECT_EQ(ledger[PlatformCategory::iretq], (Ledger::Line{2 * 60, 2}));
    EXPECT_EQ(ledger[PlatformCategory::interrupt_entry], (Ledger::Line{2 * 110, 2}));
    for (const MmuCategory none : {MmuCategory::l2_tlb_hit, MmuCategory::invlpg, MmuCategory::mov_cr0,
                                   MmuCategory::mov_cr4, MmuCategory::wrmsr_efer, MmuCategory::exception_entry}) {
        EXPECT_EQ(ledger[none], Ledger::Line{}) << static_cast<unsigned>(none);
    }
    for (const PlatformCategory none : {PlatformCategory::kernel_access, PlatformCategory::zero_page}) {
        EXPECT_EQ(ledger[none], Ledger::Line{}) << static_cast<unsigned>(none);
    }
}

TEST(TinyByHand, TheTotalOfTwoPairs)
{
    // Walks: PML4E 10 + 900, PDPTE 20 + 1000, PDE 1200, PTE 3 + 30 + 1000 = 4163.
    // The rest: 823 + 1116 + 30 + 200 + 120 + 220 = 2509.
    EXPECT_EQ(run_twice().workload_cycles(), 4'163U + 2'509U);
}

} // namespace
} // namespace drywalk::platform
