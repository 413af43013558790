// SPDX-License-Identifier: MIT
// Where things stand in physical and linear memory. The simulator and the bare-metal build share these numbers,
// so that both touch the same pages and a direct-mapped TLB conflicts in the same places.
#pragma once

#include "models/x86/address.hpp"

#include <cstdint>

namespace drywalk::kernel::layout {

using x86::LinearAddress;
using x86::PhysicalAddress;

inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;
inline constexpr std::uint64_t gib = 1024 * mib;

// Physical memory -----------------------------------------------------------------------------------------------
//   1 MiB                 kernel text and read-only data (linked, padded to the window)
//   1.5 MiB               kernel data: mailbox, program window table, stacks, .data, .bss
//   4 MiB .. memory_end   the frame pool; its end is the state cache, if the kernel has one
//   from memory_end       the workload program (bare metal only)
inline constexpr PhysicalAddress image_text{1 * mib};
inline constexpr std::uint64_t image_text_bytes = 512 * kib;
inline constexpr PhysicalAddress image_data{image_text + image_text_bytes};
inline constexpr std::uint64_t image_data_bytes = 512 * kib;
/// The page of kernel text that ring 3 may execute: the workload stub.
inline constexpr PhysicalAddress user_stub{image_text + (image_text_bytes - 4 * kib)};
/// What ring 3 and the kernel exchange: see workload.hpp, Mailbox.
inline constexpr PhysicalAddress mailbox{image_data};
inline constexpr std::uint64_t mailbox_item_pages = 4;
inline constexpr std::uint64_t mailbox_result_pages = 2;
inline constexpr std::uint64_t mailbox_pages = mailbox_item_pages + mailbox_result_pages;
/// A page directory that the bare-metal HAL fills to slide its window over the workload program.
inline constexpr PhysicalAddress window_directory{mailbox + mailbox_pages * 4 * kib};
inline constexpr PhysicalAddress frame_pool{4 * mib};

// Linear memory -------------------------------------------------------------------------------------------------
/// All physical memory, supervisor only, 2 MiB leaves.
inline constexpr LinearAddress direct_map = LinearAddress::truncate(0xffff'8000'0000'0000);
/// The linked kernel: linear = physical + this.
inline constexpr LinearAddress kernel_base = LinearAddress::truncate(0xffff'ffff'8000'0000);
/// The state cache's frames again, supervisor only, 4 KiB leaves: where the kernel reads and writes DataCaps.
inline constexpr LinearAddress state_cache_window = LinearAddress::truncate(0xffff'c000'0000'0000);
/// The page through which the bare-metal HAL reads the workload program.
inline constexpr LinearAddress program_window = LinearAddress::truncate(0xffff'ffff'c01f'f000);

/// The fixed part of every user address space: the stub and the mailbox, in the first GiB.
inline constexpr LinearAddress stub = LinearAddress::truncate(0x0040'0000);
inline constexpr LinearAddress mailbox_items = LinearAddress::truncate(0x0040'1000);
inline constexpr LinearAddress mailbox_results = mailbox_items + mailbox_item_pages * 4 * kib;
inline constexpr LinearAddress fixed_region = LinearAddress::truncate(0);
inline constexpr std::uint64_t fixed_region_bytes = 1 * gib;

/// Where a scenario that says nothing puts the rest. Page numbers are chosen so that on a direct-mapped TLB of 1,024
/// or more entries the template shares no slot with the kernel image, the stub, the mailbox or the stack.
inline constexpr LinearAddress default_template = LinearAddress::truncate(0x80'4020'0000);
inline constexpr LinearAddress default_stack = LinearAddress::truncate(0x80'8040'8000);
inline constexpr LinearAddress default_working_set = LinearAddress::truncate(0x80'c040'9000);

/// Where Images of the capability kernel have their memory mappings: three whole GiB, apart from the fixed region, so
/// that the tables below these PDPTEs hold nothing else.
inline constexpr LinearAddress memory_region = LinearAddress::truncate(1 * gib);
inline constexpr std::uint64_t memory_region_bytes = 3 * gib;
/// One private page that the kernel exchanges a frame's registers through.
inline constexpr LinearAddress context = LinearAddress::truncate(0x80'0000'7000);

/// The template subtree is one page directory: all of an Image's template lies in one aligned GiB.
inline constexpr std::uint64_t template_region_bytes = 1 * gib;
inline constexpr std::uint64_t template_region_pages = template_region_bytes / (4 * kib);

static_assert(direct_map.upper_half() && kernel_base.upper_half() && program_window.upper_half());
static_assert(image_data.value() + image_data_bytes == 2 * mib);

} // namespace drywalk::kernel::layout
