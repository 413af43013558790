// SPDX-License-Identifier: MIT
// The groups of a report: together they are the whole ledger, and no cycle is in two of them.
#include "sim/output/cycle_groups.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace drywalk::output {
namespace {

/// How many groups have the cycles of `ledger`, which has one charge of 1.
unsigned groups_with(const machine::Ledger& ledger)
{
    unsigned count = 0;
    for (const CycleGroup& group : cycle_groups)
        count += static_cast<unsigned>(group.cycles(ledger));
    return count;
}

TEST(CycleGroups, HoldEachCategoryExactlyOnce)
{
    for (unsigned index = 0; index < machine::category_count; ++index) {
        machine::Ledger ledger;
        ledger.charge(static_cast<machine::Category>(index), 1);
        EXPECT_EQ(groups_with(ledger), 1U) << category_names[index];
    }
}

TEST(CycleGroups, HoldEachWalkReferenceExactlyOnce)
{
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < machine::served_by_count; ++served) {
            machine::Ledger ledger;
            ledger.charge(
                machine::WalkReference{static_cast<x86::Level>(level + 1), static_cast<machine::ServedBy>(served)}, 1);
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
    const auto name = [](machine::Category category) {
        return std::string{category_names[static_cast<unsigned>(category)]};
    };
    EXPECT_EQ(name(machine::Category::user_access), "user_access");
    EXPECT_EQ(name(machine::Category::kernel_instructions), "kernel_instructions");
    EXPECT_EQ(name(machine::Category::kernel_access), "kernel_access");
    EXPECT_EQ(name(machine::Category::l2_tlb_hit), "l2_tlb_hit");
    EXPECT_EQ(name(machine::Category::accessed_dirty_update), "accessed_dirty_update");
    EXPECT_EQ(name(machine::Category::invlpg), "invlpg");
    EXPECT_EQ(name(machine::Category::mov_cr0), "mov_cr0");
    EXPECT_EQ(name(machine::Category::mov_cr3), "mov_cr3");
    EXPECT_EQ(name(machine::Category::mov_cr4), "mov_cr4");
    EXPECT_EQ(name(machine::Category::wrmsr_efer), "wrmsr_efer");
    EXPECT_EQ(name(machine::Category::exception_entry), "exception_entry");
    EXPECT_EQ(name(machine::Category::interrupt_entry), "interrupt_entry");
    EXPECT_EQ(name(machine::Category::iretq), "iretq");
    EXPECT_EQ(name(machine::Category::zero_page), "zero_page");
    EXPECT_EQ(name(machine::Category::copy_page), "copy_page");
}

} // namespace
} // namespace drywalk::output
