// SPDX-License-Identifier: MIT
// The ledger's categories, gathered into the columns of a report. Every category is in exactly one group.
#pragma once

#include "models/machine/ledger.hpp"

#include <array>
#include <cstdint>

namespace drywalk::output {

/// Names of machine::Category in its order, as reports and JSON spell them.
inline constexpr std::array<const char*, machine::category_count> category_names{
    "user_access",     "kernel_instructions",
    "kernel_access",   "l2_tlb_hit",
    "walk_start",      "accessed_dirty_update",
    "invlpg",          "mov_cr0",
    "mov_cr3",         "mov_cr4",
    "wrmsr_efer",      "exception_entry",
    "interrupt_entry", "iretq",
    "zero_page",       "copy_page",
    "vm_exit"};

/// Names of x86::Level and machine::ServedBy in their order.
inline constexpr std::array<const char*, x86::level_count> level_names{"pte", "pde", "pdpte", "pml4e", "pml5e"};
inline constexpr std::array<const char*, machine::served_by_count> served_by_names{"l1d", "l2", "l3", "dram"};

struct CycleGroup {
    const char* name;
    std::uint64_t (*cycles)(const machine::Ledger& ledger);
};

template <machine::Category... Categories>
[[nodiscard]] std::uint64_t sum_of(const machine::Ledger& ledger)
{
    return (ledger[Categories].cycles + ...);
}

inline constexpr std::array<CycleGroup, 7> cycle_groups{{
    {"user access", sum_of<machine::Category::user_access>},
    {"kernel", sum_of<machine::Category::kernel_instructions, machine::Category::kernel_access,
                      machine::Category::zero_page, machine::Category::copy_page>},
    {"ring transitions",
     sum_of<machine::Category::exception_entry, machine::Category::interrupt_entry, machine::Category::iretq>},
    {"control registers", sum_of<machine::Category::mov_cr0, machine::Category::mov_cr3, machine::Category::mov_cr4,
                                 machine::Category::wrmsr_efer, machine::Category::vm_exit>},
    {"INVLPG", sum_of<machine::Category::invlpg>},
    {"L2 TLB hits", sum_of<machine::Category::l2_tlb_hit>},
    {"page walks",
     [](const machine::Ledger& ledger) {
         return ledger.walks().cycles + ledger.nested_walks().cycles +
                sum_of<machine::Category::walk_start, machine::Category::accessed_dirty_update>(ledger);
     }},
}};

} // namespace drywalk::output
