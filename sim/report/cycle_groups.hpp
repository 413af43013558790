// SPDX-License-Identifier: MIT
// The ledger's categories, gathered into the columns of a report. Every category is in exactly one group.
#pragma once

#include "models/mmu/cycles.hpp"

#include <array>
#include <cstdint>

namespace drywalk::report {

/// Names of mmu::Category in its order, as reports and JSON spell them.
inline constexpr std::array<const char*, mmu::category_count> category_names{"user_access",     "kernel_instructions",
                                                                             "kernel_access",   "l2_tlb_hit",
                                                                             "walk_start",      "accessed_dirty_update",
                                                                             "invlpg",          "mov_cr0",
                                                                             "mov_cr3",         "mov_cr4",
                                                                             "wrmsr_efer",      "exception_entry",
                                                                             "interrupt_entry", "iretq",
                                                                             "zero_page",       "copy_page",
                                                                             "vm_exit"};

/// Names of x86::Level and memory::ServedBy in their order.
inline constexpr std::array<const char*, x86::level_count> level_names{"pte", "pde", "pdpte", "pml4e", "pml5e"};
inline constexpr std::array<const char*, memory::served_by_count> served_by_names{"l1d", "l2", "l3", "dram"};

struct CycleGroup {
    const char* name;
    std::uint64_t (*cycles)(const mmu::Ledger& ledger);
};

template <mmu::Category... Categories>
[[nodiscard]] std::uint64_t sum_of(const mmu::Ledger& ledger)
{
    return (ledger[Categories].cycles + ...);
}

inline constexpr std::array<CycleGroup, 7> cycle_groups{{
    {"user access", sum_of<mmu::Category::user_access>},
    {"kernel", sum_of<mmu::Category::kernel_instructions, mmu::Category::kernel_access, mmu::Category::zero_page,
                      mmu::Category::copy_page>},
    {"ring transitions", sum_of<mmu::Category::exception_entry, mmu::Category::interrupt_entry, mmu::Category::iretq>},
    {"control registers", sum_of<mmu::Category::mov_cr0, mmu::Category::mov_cr3, mmu::Category::mov_cr4,
                                 mmu::Category::wrmsr_efer, mmu::Category::vm_exit>},
    {"INVLPG", sum_of<mmu::Category::invlpg>},
    {"L2 TLB hits", sum_of<mmu::Category::l2_tlb_hit>},
    {"page walks",
     [](const mmu::Ledger& ledger) {
         return ledger.walks().cycles + ledger.nested_walks().cycles +
                sum_of<mmu::Category::walk_start, mmu::Category::accessed_dirty_update>(ledger);
     }},
}};

} // namespace drywalk::report
