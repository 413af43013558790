// SPDX-License-Identifier: MIT
// Where the cycles of an MMU went. Every cycle belongs to exactly one category.
#pragma once

#include "models/machine/caches.hpp"
#include "models/machine/ledger_lines.hpp"
#include "models/x86/paging.hpp"

#include <cstdint>

namespace drywalk::machine {

/// What an MMU charges besides the references of page walks.
enum class MmuCategory : std::uint8_t {
    l2_tlb_hit,            ///< beyond an L1 TLB hit
    walk_start,            ///< what a walk costs beyond an L1 TLB hit, its references left out
    accessed_dirty_update, ///< setting A and D in an entry
    invlpg,
    mov_cr0,
    mov_cr3,
    mov_cr4,
    wrmsr_efer,
    exception_entry, ///< page faults, to the first handler instruction
    vm_exit,         ///< to the hypervisor and back
};
inline constexpr unsigned mmu_category_count = 10;

/// A reference of a page walk: which level's entry was read, and which cache had it.
struct WalkReference {
    x86::Level level = x86::Level::pte;
    ServedBy served_by = ServedBy::l1d;
};
/// The same of a walk of the host's tables for a guest-physical address.
struct NestedReference {
    x86::Level level = x86::Level::pte;
    ServedBy served_by = ServedBy::l1d;
};
inline constexpr unsigned walk_category_count = x86::level_count * served_by_count;

/// Cycles and occurrences of an MMU's operations. Their sum is the total of everything that it charged.
class MmuLedger {
public:
    void charge(MmuCategory category, std::uint64_t cycles) { lines_.add(static_cast<unsigned>(category), cycles); }
    void charge(WalkReference reference, std::uint64_t cycles) { lines_.add(position(reference), cycles); }
    void charge(NestedReference reference, std::uint64_t cycles) { lines_.add(position(reference), cycles); }

    [[nodiscard]] const LedgerLine& operator[](MmuCategory category) const
    {
        return lines_[static_cast<unsigned>(category)];
    }
    [[nodiscard]] const LedgerLine& operator[](WalkReference reference) const { return lines_[position(reference)]; }
    [[nodiscard]] const LedgerLine& operator[](NestedReference reference) const { return lines_[position(reference)]; }

    [[nodiscard]] std::uint64_t total_cycles() const { return lines_.sum(0, line_count).cycles; }
    /// All references of page walks together, those of nested walks left out.
    [[nodiscard]] LedgerLine walks() const { return lines_.sum(mmu_category_count, first_nested); }
    /// All references of walks of the host's tables.
    [[nodiscard]] LedgerLine nested_walks() const { return lines_.sum(first_nested, line_count); }

    /// What was charged since `earlier`, an older copy of this ledger.
    [[nodiscard]] MmuLedger since(const MmuLedger& earlier) const
    {
        MmuLedger difference;
        difference.lines_ = lines_.since(earlier.lines_);
        return difference;
    }
    constexpr bool operator==(const MmuLedger&) const = default;

private:
    static constexpr unsigned first_nested = mmu_category_count + walk_category_count;
    static constexpr unsigned line_count = first_nested + walk_category_count;

    [[nodiscard]] static unsigned position(NestedReference reference)
    {
        return position(WalkReference{reference.level, reference.served_by}) + walk_category_count;
    }
    [[nodiscard]] static unsigned position(WalkReference reference)
    {
        return mmu_category_count + level_position(reference.level) * served_by_count +
               static_cast<unsigned>(reference.served_by);
    }

    LedgerLines<line_count> lines_;
};

} // namespace drywalk::machine
