// SPDX-License-Identifier: MIT
// The ledger: every cycle in exactly one category.
#include "models/machine/ledger.hpp"

#include <gtest/gtest.h>

namespace drywalk::machine {
namespace {

using x86::Level;

constexpr Level levels[] = {Level::pte, Level::pde, Level::pdpte, Level::pml4e, Level::pml5e};

WalkReference reference(unsigned level, unsigned served_by)
{
    return {levels[level], static_cast<ServedBy>(served_by)};
}

/// Charges each category and each walk reference a distinct power-of-two-like amount: a mix-up cannot cancel out.
std::uint64_t charge_all(Ledger& ledger)
{
    std::uint64_t total = 0;
    std::uint64_t amount = 1;
    for (unsigned index = 0; index < platform_category_count; ++index, amount *= 2) {
        ledger.charge(static_cast<PlatformCategory>(index), amount);
        total += amount;
    }
    for (unsigned index = 0; index < mmu_category_count; ++index, amount *= 2) {
        ledger.mmu().charge(static_cast<MmuCategory>(index), amount);
        total += amount;
    }
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < served_by_count; ++served, amount *= 2) {
            ledger.mmu().charge(reference(level, served), amount);
            total += amount;
        }
    }
    return total;
}

TEST(Ledger, KeepsEachCategoryApart)
{
    Ledger ledger;
    (void)charge_all(ledger);
    std::uint64_t amount = 1;
    for (unsigned index = 0; index < platform_category_count; ++index, amount *= 2) {
        EXPECT_EQ(ledger[static_cast<PlatformCategory>(index)], (Ledger::Line{amount, 1}));
    }
    for (unsigned index = 0; index < mmu_category_count; ++index, amount *= 2) {
        EXPECT_EQ(ledger[static_cast<MmuCategory>(index)], (Ledger::Line{amount, 1}));
    }
    for (unsigned level = 0; level < x86::level_count; ++level) {
        for (unsigned served = 0; served < served_by_count; ++served, amount *= 2) {
            EXPECT_EQ(ledger[reference(level, served)], (Ledger::Line{amount, 1}));
        }
    }
}

TEST(Ledger, SumsOverAllCategories)
{
    Ledger ledger;
    EXPECT_EQ(ledger.total_cycles(), 0U);
    const std::uint64_t once = charge_all(ledger);
    EXPECT_EQ(ledger.total_cycles(), once);
    EXPECT_EQ(charge_all(ledger), once);
    EXPECT_EQ(ledger.total_cycles(), 2 * once);
}

TEST(Ledger, WalksAreTheReferencesAlone)
{
    Ledger ledger;
    const std::uint64_t all = charge_all(ledger);
    const std::uint64_t categories = (1U << (platform_category_count + mmu_category_count)) - 1;
    EXPECT_EQ(ledger.walks(), (Ledger::Line{all - categories, walk_category_count}));
}

TEST(Ledger, CountsAChargeOfNoCycles)
{
    Ledger ledger;
    ledger.mmu().charge(MmuCategory::invlpg, 0);
    EXPECT_EQ(ledger[MmuCategory::invlpg], (Ledger::Line{0, 1}));
}

TEST(Ledger, SinceGivesWhatCameAfterACopy)
{
    Ledger ledger;
    (void)charge_all(ledger);
    const Ledger earlier = ledger;
    EXPECT_EQ(ledger.since(earlier), Ledger{});
    ledger.mmu().charge(MmuCategory::mov_cr3, 50);
    ledger.mmu().charge(WalkReference{Level::pde, ServedBy::l2}, 14);
    const Ledger difference = ledger.since(earlier);
    EXPECT_EQ(difference.total_cycles(), 64U);
    EXPECT_EQ(difference[MmuCategory::mov_cr3], (Ledger::Line{50, 1}));
    EXPECT_EQ(difference.walks(), (Ledger::Line{14, 1}));
}

} // namespace
} // namespace drywalk::machine
