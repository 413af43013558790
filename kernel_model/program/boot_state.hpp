// SPDX-License-Identifier: MIT
// How the machine stands when the kernel begins: what boot/entry.S leaves behind and what the simulated processor
// starts with. hal/x86_64/address_check.cpp compares the assembler's numbers with these.
#pragma once

#include "models/x86/control.hpp"
#include "models/x86/entry.hpp"

namespace drywalk::kernel::boot_state {

/// Paging is on; CR0.WP, CR4.PGE and EFER.NXE are the kernel's to set.
inline constexpr x86::Cr0 cr0{x86::Cr0::pe | x86::Cr0::et | x86::Cr0::pg};
inline constexpr x86::Cr4 cr4{x86::Cr4::pae};
/// As it is written; the processor adds LMA.
inline constexpr x86::Efer efer{x86::Efer::lme};

/// What all entries of the boot tables permit: everything to the supervisor, nothing to the user.
inline constexpr x86::Rights rights{.writable = true, .user = false, .executable = true};

[[nodiscard]] constexpr x86::Entry table(x86::PhysicalAddress next) { return x86::Entry::table(next, rights); }
[[nodiscard]] constexpr x86::Entry large_leaf(x86::PhysicalAddress page)
{
    return x86::Entry::leaf(page, x86::PageSize::size_2m, {.rights = rights});
}

} // namespace drywalk::kernel::boot_state
