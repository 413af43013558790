// SPDX-License-Identifier: MIT
// Where the cycles went. Every cycle belongs to exactly one category.
#pragma once

#include "models/machine/caches.hpp"
#include "models/x86/paging.hpp"

#include <array>
#include <cstdint>
#include <numeric>

namespace drywalk::machine {

/// The categories that are not page walks.
enum class Category : std::uint8_t {
    user_access,           ///< data of ring 3, its address being known; the stub's own accesses included
    kernel_instructions,   ///< measured instruction counts of the kernel's paths
    kernel_access,         ///< data of the kernel, its address being known
    l2_tlb_hit,            ///< beyond an L1 TLB hit
    walk_start,            ///< what a walk costs beyond an L1 TLB hit, its references left out
    accessed_dirty_update, ///< setting A and D in an entry
    invlpg,
    mov_cr0,
    mov_cr3,
    mov_cr4,
    wrmsr_efer,
    exception_entry, ///< page faults, to the first handler instruction
    interrupt_entry, ///< the software interrupt that ends a body
    iretq,
    zero_page,
    copy_page,
    vm_exit, ///< to the hypervisor and back
};
inline constexpr unsigned category_count = 17;

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

/// Cycles and occurrences by category. Their sum is the total of everything that was charged.
class Ledger {
public:
    struct Line {
        std::uint64_t cycles = 0;
        std::uint64_t count = 0;
        constexpr bool operator==(const Line&) const = default;
    };

    void charge(Category category, std::uint64_t cycles) { add(static_cast<unsigned>(category), cycles); }
    void charge(WalkReference reference, std::uint64_t cycles) { add(position(reference), cycles); }
    void charge(NestedReference reference, std::uint64_t cycles) { add(position(reference), cycles); }

    [[nodiscard]] const Line& operator[](Category category) const { return lines_[static_cast<unsigned>(category)]; }
    [[nodiscard]] const Line& operator[](WalkReference reference) const { return lines_[position(reference)]; }
    [[nodiscard]] const Line& operator[](NestedReference reference) const { return lines_[position(reference)]; }

    [[nodiscard]] std::uint64_t total_cycles() const
    {
        return std::accumulate(lines_.begin(), lines_.end(), std::uint64_t{0},
                               [](std::uint64_t sum, const Line& line) { return sum + line.cycles; });
    }
    /// All references of page walks together, those of nested walks left out.
    [[nodiscard]] Line walks() const { return sum(category_count, first_nested); }
    /// All references of walks of the host's tables.
    [[nodiscard]] Line nested_walks() const { return sum(first_nested, line_count); }

    /// What was charged since `earlier`, an older copy of this ledger.
    [[nodiscard]] Ledger since(const Ledger& earlier) const
    {
        Ledger difference;
        for (unsigned index = 0; index < lines_.size(); ++index) {
            difference.lines_[index] = {lines_[index].cycles - earlier.lines_[index].cycles,
                                        lines_[index].count - earlier.lines_[index].count};
        }
        return difference;
    }
    constexpr bool operator==(const Ledger&) const = default;

private:
    static constexpr unsigned first_nested = category_count + walk_category_count;
    static constexpr unsigned line_count = first_nested + walk_category_count;

    [[nodiscard]] Line sum(unsigned first, unsigned end) const
    {
        Line all;
        for (unsigned index = first; index < end; ++index) {
            all.cycles += lines_[index].cycles;
            all.count += lines_[index].count;
        }
        return all;
    }
    [[nodiscard]] static unsigned position(NestedReference reference)
    {
        return position(WalkReference{reference.level, reference.served_by}) + walk_category_count;
    }
    [[nodiscard]] static unsigned position(WalkReference reference)
    {
        return category_count + level_position(reference.level) * served_by_count +
               static_cast<unsigned>(reference.served_by);
    }
    void add(unsigned index, std::uint64_t cycles)
    {
        lines_[index].cycles += cycles;
        ++lines_[index].count;
    }

    std::array<Line, line_count> lines_{};
};

} // namespace drywalk::machine
