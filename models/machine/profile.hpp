// SPDX-License-Identifier: MIT
// A machine as data: its MMU, its data caches, and what software takes on it. Where each number comes from stands in
// the machine's file; here are only the numbers.
#pragma once

#include "models/machine/caches.hpp"
#include "models/machine/mmu_profile.hpp"

#include <cstdint>

namespace drywalk::machine {

/// What the processor and the kernel do outside the MMU, in core cycles.
struct PlatformCosts {
    std::uint32_t interrupt_entry = 0; ///< software interrupt from ring 3
    std::uint32_t iretq = 0;
    std::uint32_t zero_page = 0;                     ///< 4 KiB, all of it
    std::uint32_t copy_page = 0;                     ///< 4 KiB, all of it
    std::uint32_t instructions_per_100_cycles = 100; ///< of kernel code that hits everywhere
};

/// One machine. Its MMU is the base, which is all that models/mmu gets to see.
struct Profile : MmuProfile {
    PlatformCosts platform_costs;
    HierarchyProfile memory;
};

} // namespace drywalk::machine
