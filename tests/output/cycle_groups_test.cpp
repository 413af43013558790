// SPDX-License-Identifier: MIT
// The groups of a report: together they are the whole ledger, and no cycle is in two of them.
#include "sim/output/cycle_groups.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <type_traits>

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

/// As many lines of the reports as have something of `ledger`.
unsigned categories_with(const machine::Ledger& ledger)
{
    unsigned count = 0;
    for (const CycleCategory& category : categories)
        count += category.line(ledger).count != 0 ? 1U : 0U;
    return count;
}

TEST(CycleGroups, HoldEachCategoryExactlyOnce)
{
    for (unsigned index = 0; index < machine::platform_category_count; ++index) {
        machine::Ledger ledger;
        ledger.charge(static_cast<machine::PlatformCategory>(index), 1);
        EXPECT_EQ(groups_with(ledger), 1U) << index;
        EXPECT_EQ(categories_with(ledger), 1U) << index;
    }
    for (unsigned index = 0; index < machine::mmu_category_count; ++index) {
        machine::Ledger ledger;
        ledger.mmu().charge(static_cast<machine::MmuCategory>(index), 1);
        EXPECT_EQ(groups_with(ledger), 1U) << index;
        EXPECT_EQ(categories_with(ledger), 1U) << index;
    }
}

TEST(CycleGroups, HoldEachWalkReferenceExactlyOnce)
{
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < machine::served_by_count; ++served) {
            machine::Ledger ledger;
            ledger.mmu().charge(
                machine::WalkReference{static_cast<x86::Level>(level + 1), static_cast<machine::ServedBy>(served)}, 1);
            EXPECT_EQ(groups_with(ledger), 1U) << level_names[level] << " from " << served_by_names[served];
        }
    }
}

TEST(CycleGroups, NamesAreDistinct)
{
    std::set<std::string> names;
    for (const CycleCategory& category : categories)
        EXPECT_TRUE(names.insert(category.name).second) << category.name;
    for (const CycleGroup& group : cycle_groups)
        EXPECT_TRUE(names.insert(group.name).second) << group.name;
}

/// A name that stands at another category's place would put its cycles in the wrong line of every report.
TEST(CycleGroups, CategoryNamesStandAtTheirCategories)
{
    const auto name = [](auto category) {
        machine::Ledger ledger;
        if constexpr (std::is_same_v<decltype(category), machine::MmuCategory>) {
            ledger.mmu().charge(category, 1);
        } else {
            ledger.charge(category, 1);
        }
        const auto found =
            std::ranges::find_if(categories, [&](const CycleCategory& each) { return each.line(ledger).count == 1; });
        return found == categories.end() ? std::string{} : std::string{found->name};
    };
    EXPECT_EQ(name(machine::PlatformCategory::user_access), "user_access");
    EXPECT_EQ(name(machine::PlatformCategory::kernel_instructions), "kernel_instructions");
    EXPECT_EQ(name(machine::PlatformCategory::kernel_access), "kernel_access");
    EXPECT_EQ(name(machine::MmuCategory::l2_tlb_hit), "l2_tlb_hit");
    EXPECT_EQ(name(machine::MmuCategory::accessed_dirty_update), "accessed_dirty_update");
    EXPECT_EQ(name(machine::MmuCategory::invlpg), "invlpg");
    EXPECT_EQ(name(machine::MmuCategory::mov_cr0), "mov_cr0");
    EXPECT_EQ(name(machine::MmuCategory::mov_cr3), "mov_cr3");
    EXPECT_EQ(name(machine::MmuCategory::mov_cr4), "mov_cr4");
    EXPECT_EQ(name(machine::MmuCategory::wrmsr_efer), "wrmsr_efer");
    EXPECT_EQ(name(machine::MmuCategory::exception_entry), "exception_entry");
    EXPECT_EQ(name(machine::PlatformCategory::interrupt_entry), "interrupt_entry");
    EXPECT_EQ(name(machine::PlatformCategory::iretq), "iretq");
    EXPECT_EQ(name(machine::PlatformCategory::zero_page), "zero_page");
    EXPECT_EQ(name(machine::PlatformCategory::copy_page), "copy_page");
}

} // namespace
} // namespace drywalk::output
