// SPDX-License-Identifier: MIT
// The groups of a report: together they are the whole ledger, and no cycle is in two of them.
#include "sim/report/cycle_groups.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace drywalk::report {
namespace {

/// How many groups have the cycles of `ledger`, which has one charge of 1.
unsigned groups_with(const mmu::Ledger& ledger)
{
    unsigned count = 0;
    for (const CycleGroup& group : cycle_groups)
        count += static_cast<unsigned>(group.cycles(ledger));
    return count;
}

TEST(CycleGroups, HoldEachCategoryExactlyOnce)
{
    for (unsigned index = 0; index < mmu::category_count; ++index) {
        mmu::Ledger ledger;
        ledger.charge(static_cast<mmu::Category>(index), 1);
        EXPECT_EQ(groups_with(ledger), 1U) << category_names[index];
    }
}

TEST(CycleGroups, HoldEachWalkReferenceExactlyOnce)
{
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < memory::served_by_count; ++served) {
            mmu::Ledger ledger;
            ledger.charge(mmu::WalkReference{static_cast<x86::Level>(level + 1), static_cast<memory::ServedBy>(served)},
                          1);
            EXPECT_EQ(groups_with(ledger), 1U) << level_names[level] << " from " << served_by_names[served];
        }
    }
}

TEST(CycleGroups, NamesAreDistinct)
{
    std::set<std::string> names;
    for (const char* name : category_names)
        EXPECT_TRUE(names.insert(name).second) << name;
    for (const CycleGroup& group : cycle_groups)
        EXPECT_TRUE(names.insert(group.name).second) << group.name;
}

/// A name that stands at another category's place would put its cycles in the wrong line of every report.
TEST(CycleGroups, CategoryNamesStandAtTheirCategories)
{
    const auto name = [](mmu::Category category) {
        return std::string{category_names[static_cast<unsigned>(category)]};
    };
    EXPECT_EQ(name(mmu::Category::user_access), "user_access");
    EXPECT_EQ(name(mmu::Category::kernel_instructions), "kernel_instructions");
    EXPECT_EQ(name(mmu::Category::kernel_access), "kernel_access");
    EXPECT_EQ(name(mmu::Category::l2_tlb_hit), "l2_tlb_hit");
    EXPECT_EQ(name(mmu::Category::accessed_dirty_update), "accessed_dirty_update");
    EXPECT_EQ(name(mmu::Category::invlpg), "invlpg");
    EXPECT_EQ(name(mmu::Category::mov_cr0), "mov_cr0");
    EXPECT_EQ(name(mmu::Category::mov_cr3), "mov_cr3");
    EXPECT_EQ(name(mmu::Category::mov_cr4), "mov_cr4");
    EXPECT_EQ(name(mmu::Category::wrmsr_efer), "wrmsr_efer");
    EXPECT_EQ(name(mmu::Category::exception_entry), "exception_entry");
    EXPECT_EQ(name(mmu::Category::interrupt_entry), "interrupt_entry");
    EXPECT_EQ(name(mmu::Category::iretq), "iretq");
    EXPECT_EQ(name(mmu::Category::zero_page), "zero_page");
    EXPECT_EQ(name(mmu::Category::copy_page), "copy_page");
}

} // namespace
} // namespace drywalk::report
