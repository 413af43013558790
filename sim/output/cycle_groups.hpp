// SPDX-License-Identifier: MIT
// The ledger's categories, gathered into the columns of a report. Every category is in exactly one group.
#pragma once

#include "models/machine/ledger.hpp"

#include <array>
#include <cstdint>

namespace drywalk::output {

/// A category of either layer, as reports and JSON spell it.
struct CycleCategory {
    const char* name;
    const machine::LedgerLine& (*line)(const machine::Ledger& ledger);
};

template <auto Category>
[[nodiscard]] const machine::LedgerLine& line_of(const machine::Ledger& ledger)
{
    return ledger[Category];
}

/// In the order in which reports have them.
inline constexpr std::array<CycleCategory, machine::platform_category_count + machine::mmu_category_count> categories{{
    {"user_access", line_of<machine::PlatformCategory::user_access>},
    {"kernel_instructions", line_of<machine::PlatformCategory::kernel_instructions>},
    {"kernel_access", line_of<machine::PlatformCategory::kernel_access>},
    {"l2_tlb_hit", line_of<machine::MmuCategory::l2_tlb_hit>},
    {"walk_start", line_of<machine::MmuCategory::walk_start>},
    {"accessed_dirty_update", line_of<machine::MmuCategory::accessed_dirty_update>},
    {"invlpg", line_of<machine::MmuCategory::invlpg>},
    {"mov_cr0", line_of<machine::MmuCategory::mov_cr0>},
    {"mov_cr3", line_of<machine::MmuCategory::mov_cr3>},
    {"mov_cr4", line_of<machine::MmuCategory::mov_cr4>},
    {"wrmsr_efer", line_of<machine::MmuCategory::wrmsr_efer>},
    {"exception_entry", line_of<machine::MmuCategory::exception_entry>},
    {"interrupt_entry", line_of<machine::PlatformCategory::interrupt_entry>},
    {"iretq", line_of<machine::PlatformCategory::iretq>},
    {"zero_page", line_of<machine::PlatformCategory::zero_page>},
    {"copy_page", line_of<machine::PlatformCategory::copy_page>},
    {"vm_exit", line_of<machine::MmuCategory::vm_exit>},
}};

/// Names of x86::Level and machine::ServedBy in their order.
inline constexpr std::array<const char*, x86::level_count> level_names{"pte", "pde", "pdpte", "pml4e", "pml5e"};
inline constexpr std::array<const char*, machine::served_by_count> served_by_names{"l1d", "l2", "l3", "dram"};

struct CycleGroup {
    const char* name;
    std::uint64_t (*cycles)(const machine::Ledger& ledger);
};

template <auto... Categories>
[[nodiscard]] std::uint64_t sum_of(const machine::Ledger& ledger)
{
    return (ledger[Categories].cycles + ...);
}

inline constexpr std::array<CycleGroup, 7> cycle_groups{{
    {"user access", sum_of<machine::PlatformCategory::user_access>},
    {"kernel", sum_of<machine::PlatformCategory::kernel_instructions, machine::PlatformCategory::kernel_access,
                      machine::PlatformCategory::zero_page, machine::PlatformCategory::copy_page>},
    {"ring transitions", sum_of<machine::MmuCategory::exception_entry, machine::PlatformCategory::interrupt_entry,
                                machine::PlatformCategory::iretq>},
    {"control registers",
     sum_of<machine::MmuCategory::mov_cr0, machine::MmuCategory::mov_cr3, machine::MmuCategory::mov_cr4,
            machine::MmuCategory::wrmsr_efer, machine::MmuCategory::vm_exit>},
    {"INVLPG", sum_of<machine::MmuCategory::invlpg>},
    {"L2 TLB hits", sum_of<machine::MmuCategory::l2_tlb_hit>},
    {"page walks",
     [](const machine::Ledger& ledger) {
         return ledger.walks().cycles + ledger.nested_walks().cycles +
                sum_of<machine::MmuCategory::walk_start, machine::MmuCategory::accessed_dirty_update>(ledger);
     }},
}};

} // namespace drywalk::output
