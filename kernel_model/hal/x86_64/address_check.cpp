// SPDX-License-Identifier: MIT
// The assembler's numbers are the C++ numbers. Nothing here makes code.

#include "kernel_model/hal/x86_64/addresses.h"
#include "kernel_model/hal/x86_64/ring3.hpp"
#include "kernel_model/program/boot_state.hpp"
#include "kernel_model/program/layout.hpp"
#include "kernel_model/program/workload.hpp"

#include <cstddef>

namespace drywalk::kernel {

static_assert(layout::kernel_base.value() == DRYWALK_KERNEL_BASE);
static_assert(layout::direct_map.value() == DRYWALK_DIRECT_MAP);
static_assert(layout::direct_map.index(x86::Level::pml4e) == 256, "entry.S puts the direct map there");
static_assert(layout::kernel_base.index(x86::Level::pml4e) == 511 &&
              layout::kernel_base.index(x86::Level::pdpte) == 510);
static_assert(layout::program_window.index(x86::Level::pml4e) == 511 &&
              layout::program_window.index(x86::Level::pdpte) == 511);

static_assert(layout::image_text.value() == DRYWALK_IMAGE_TEXT);
static_assert(layout::user_stub.value() == DRYWALK_USER_STUB);
static_assert(layout::image_data.value() == DRYWALK_IMAGE_DATA);
static_assert(layout::image_data.value() + layout::image_data_bytes == DRYWALK_IMAGE_END);
static_assert(layout::mailbox.value() == DRYWALK_MAILBOX);
static_assert(layout::mailbox_pages * 4 * layout::kib == DRYWALK_MAILBOX_BYTES);
static_assert(layout::window_directory.value() == DRYWALK_WINDOW_DIRECTORY);

static_assert(boot_state::cr0.value == DRYWALK_BOOT_CR0);
static_assert(boot_state::cr4.value == DRYWALK_BOOT_CR4);
static_assert(boot_state::efer.value == DRYWALK_BOOT_EFER);
static_assert(boot_state::table({}).raw() == DRYWALK_BOOT_TABLE);
static_assert(boot_state::large_leaf({}).raw() == DRYWALK_BOOT_LARGE_LEAF);

static_assert(static_cast<int>(UserAction::load) < DRYWALK_ACTION_STORE);
static_assert(static_cast<int>(UserAction::store) == DRYWALK_ACTION_STORE);
static_assert(static_cast<int>(UserAction::call) == DRYWALK_ACTION_CALL);
static_assert(static_cast<int>(UserAction::sum) == DRYWALK_ACTION_SUM);
static_assert(static_cast<int>(UserAction::fill) == DRYWALK_ACTION_SUM + 1);
static_assert(offsetof(UserItem, value) == 8 && offsetof(UserItem, action) == 12 && offsetof(UserItem, count) == 14);
static_assert(sizeof(UserItem) == 16 &&
              body_capacity * sizeof(UserItem) == layout::mailbox_item_pages * 4 * layout::kib);
static_assert(body_capacity * sizeof(std::uint64_t) == layout::mailbox_result_pages * 4 * layout::kib);

using x86_64::Ring3Entry;
using x86_64::Ring3Exit;
static_assert(offsetof(Ring3Entry, instruction) == DRYWALK_ENTRY_INSTRUCTION);
static_assert(offsetof(Ring3Entry, stack) == DRYWALK_ENTRY_STACK);
static_assert(offsetof(Ring3Entry, item) == DRYWALK_ENTRY_ITEM);
static_assert(offsetof(Ring3Entry, result) == DRYWALK_ENTRY_RESULT);
static_assert(offsetof(Ring3Entry, remaining) == DRYWALK_ENTRY_REMAINING);
static_assert(offsetof(Ring3Exit, vector) == DRYWALK_EXIT_FRAME_VECTOR);
static_assert(offsetof(Ring3Exit, error_code) == DRYWALK_EXIT_FRAME_ERROR);
static_assert(offsetof(Ring3Exit, cr2) == DRYWALK_EXIT_FRAME_CR2);
static_assert(offsetof(Ring3Exit, remaining) == DRYWALK_EXIT_FRAME_REMAINING);
static_assert(offsetof(Ring3Exit, entered) == DRYWALK_EXIT_FRAME_ENTERED);
static_assert(offsetof(Ring3Exit, left) == DRYWALK_EXIT_FRAME_LEFT);
static_assert(sizeof(x86_64::UserRegisters) == 8 * DRYWALK_SAVED_REGISTERS);

} // namespace drywalk::kernel
