// SPDX-License-Identifier: MIT
// The ledger: every cycle in exactly one category.
#include "models/machine/ledger.hpp"

#include <gtest/gtest.h>

namespace drywalk::mmu {
namespace {

using x86::Level;

constexpr Level levels[] = {Level::pte, Level::pde, Level::pdpte, Level::pml4e, Level::pml5e};

machine::WalkReference reference(unsigned level, unsigned served_by)
{
    return {levels[level], static_cast<machine::ServedBy>(served_by)};
}

/// Charges each category and each walk reference a distinct power-of-two-like amount: a mix-up cannot cancel out.
std::uint64_t charge_all(machine::Ledger& ledger)
{
    std::uint64_t total = 0;
    std::uint64_t amount = 1;
    for (unsigned index = 0; index < machine::category_count; ++index, amount *= 2) {
        ledger.charge(static_cast<machine::Category>(index), amount);
        total += amount;
    }
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < machine::served_by_count; ++served, amount *= 2) {
            ledger.charge(reference(level, served), amount);
            total += amount;
        }
    }
    return total;
}

TEST(Ledger, KeepsEachCategoryApart)
{
    machine::Ledger ledger;
    (void)charge_all(ledger);
    std::uint64_t amount = 1;
    for (unsigned index = 0; index < machine::category_count; ++index, amount *= 2) {
        EXPECT_EQ(ledger[static_cast<machine::Category>(index)], (machine::Ledger::Line{amount, 1}));
    }
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < machine::served_by_count; ++served, amount *= 2) {
            EXPECT_EQ(ledger[reference(level, served)], (machine::Ledger::Line{amount, 1}));
        }
    }
}

TEST(Ledger, SumsOverAllCategories)
{
    machine::Ledger ledger;
    EXPECT_EQ(ledger.total_cycles(), 0U);
    const std::uint64_t once = charge_all(ledger);
    EXPECT_EQ(ledger.total_cycles(), once);
    EXPECT_EQ(charge_all(ledger), once);
    EXPECT_EQ(ledger.total_cycles(), 2 * once);
}

TEST(Ledger, WalksAreTheReferencesAlone)
{
    machine::Ledger ledger;
    const std::uint64_t all = charge_all(ledger);
    const std::uint64_t categories = (1U << machine::category_count) - 1;
    EXPECT_EQ(ledger.walks(), (machine::Ledger::Line{all - categories, machine::walk_category_count}));
}

TEST(Ledger, CountsAChargeOfNoCycles)
{
    machine::Ledger ledger;
    ledger.charge(machine::Category::invlpg, 0);
    EXPECT_EQ(ledger[machine::Category::invlpg], (machine::Ledger::Line{0, 1}));
}

TEST(Ledger, SinceGivesWhatCameAfterACopy)
{
    machine::Ledger ledger;
    (void)charge_all(ledger);
    const machine::Ledger earlier = ledger;
    EXPECT_EQ(ledger.since(earlier), machine::Ledger{});
    ledger.charge(machine::Category::mov_cr3, 50);
    ledger.charge(machine::WalkReference{Level::pde, machine::ServedBy::l2}, 14);
    const machine::Ledger difference = ledger.since(earlier);
    EXPECT_EQ(difference.total_cycles(), 64U);
    EXPECT_EQ(difference[machine::Category::mov_cr3], (machine::Ledger::Line{50, 1}));
    EXPECT_EQ(difference.walks(), (machine::Ledger::Line{14, 1}));
}

} // namespace
} // namespace drywalk::mmu
