// SPDX-License-Identifier: MIT
// Where the cycles of a run went: the MMU's, and those of the software and the data around it. Every cycle belongs to
// exactly one category.
#pragma once

#include "models/machine/mmu_ledger.hpp"

#include <cstdint>

namespace drywalk::machine {

/// What passes outside the MMU.
enum class PlatformCategory : std::uint8_t {
    user_access,         ///< data of ring 3, its address being known; the stub's own accesses included
    kernel_instructions, ///< measured instruction counts of the kernel's paths
    kernel_access,       ///< data of the kernel, its address being known
    interrupt_entry,     ///< the software interrupt that ends a body
    iretq,
    zero_page,
    copy_page,
};
inline constexpr unsigned platform_category_count = 7;

/// Cycles and occurrences by category. Their sum is the total of everything that was charged.
class Ledger {
public:
    using Line = LedgerLine;

    void charge(PlatformCategory category, std::uint64_t cycles)
    {
        platform_.add(static_cast<unsigned>(category), cycles);
    }
    /// What the MMU charges by itself.
    [[nodiscard]] MmuLedger& mmu() { return mmu_; }
    [[nodiscard]] const MmuLedger& mmu() const { return mmu_; }

    [[nodiscard]] const Line& operator[](PlatformCategory category) const
    {
        return platform_[static_cast<unsigned>(category)];
    }
    [[nodiscard]] const Line& operator[](MmuCategory category) const { return mmu_[category]; }
    [[nodiscard]] const Line& operator[](WalkReference reference) const { return mmu_[reference]; }
    [[nodiscard]] const Line& operator[](NestedReference reference) const { return mmu_[reference]; }

    [[nodiscard]] std::uint64_t total_cycles() const
    {
        return mmu_.total_cycles() + platform_.sum(0, platform_category_count).cycles;
    }
    [[nodiscard]] Line walks() const { return mmu_.walks(); }
    [[nodiscard]] Line nested_walks() const { return mmu_.nested_walks(); }

    /// What was charged since `earlier`, an older copy of this ledger.
    [[nodiscard]] Ledger since(const Ledger& earlier) const
    {
        Ledger difference;
        difference.mmu_ = mmu_.since(earlier.mmu_);
        difference.platform_ = platform_.since(earlier.platform_);
        return difference;
    }
    constexpr bool operator==(const Ledger&) const = default;

private:
    MmuLedger mmu_;
    LedgerLines<platform_category_count> platform_;
};

} // namespace drywalk::machine
