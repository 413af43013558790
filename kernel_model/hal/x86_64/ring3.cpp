// SPDX-License-Identifier: MIT
// Ring 3 for the kernel: where the stub starts, and what an exit from it means.

#include "kernel_model/hal/x86_64/ring3.hpp"

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/hal/x86_64/addresses.h"
#include "kernel_model/hal/x86_64/path_counters.hpp"
#include "kernel_model/program/layout.hpp"

namespace drywalk::kernel::hal {

namespace {

constexpr std::uint64_t page_fault_vector = 14;

[[nodiscard]] UserExit::Kind exit_kind(std::uint64_t vector)
{
    if (vector == DRYWALK_EXIT_VECTOR) return UserExit::Kind::finished;
    return vector == page_fault_vector ? UserExit::Kind::page_fault : UserExit::Kind::unexpected;
}

} // namespace

UserExit enter_user(const UserState& state)
{
    const x86_64::Ring3Entry entry{
        .instruction = layout::stub.value(),
        .stack = state.stack_top.value(),
        .item = layout::mailbox_items.value() + std::uint64_t{state.next_item} * sizeof(UserItem),
        .result = layout::mailbox_results.value() + std::uint64_t{state.next_item} * sizeof(std::uint64_t),
        .remaining = state.item_count - state.next_item};
    x86_64::Ring3Exit left;
    x86_64::enter_ring3(&entry, &left);
    x86_64::leave_out(left.left - left.entered);

    return {.kind = exit_kind(left.vector),
            .vector = static_cast<std::uint8_t>(left.vector),
            .error_code = static_cast<std::uint32_t>(left.error_code),
            .fault_address = left.cr2,
            .item = state.item_count - static_cast<std::uint32_t>(left.remaining)};
}

/// Every exit saves the registers, and it takes no time of the kernel's; where they are needed again it does.
UserExit resume_user()
{
    x86_64::Ring3Exit left;
    x86_64::resume_ring3(&left);
    x86_64::leave_out(left.left - left.entered - x86_64::register_saving_instructions);

    const std::uint64_t item_offset = x86_64::user_registers->r12 - layout::mailbox_items.value();
    return {.kind = exit_kind(left.vector),
            .vector = static_cast<std::uint8_t>(left.vector),
            .error_code = static_cast<std::uint32_t>(left.error_code),
            .fault_address = left.cr2,
            .item = static_cast<std::uint32_t>(item_offset / sizeof(UserItem))};
}

} // namespace drywalk::kernel::hal
