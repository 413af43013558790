// SPDX-License-Identifier: MIT
// One access, in ring 0 or ring 3, and how it ended.

#include "tests/differential/payload/probe.hpp"

#include "kernel_model/hal/x86_64/addresses.h"
#include "kernel_model/hal/x86_64/instructions.hpp"
#include "kernel_model/hal/x86_64/panic.hpp"
#include "kernel_model/hal/x86_64/ring3.hpp"
#include "kernel_model/program/workload.hpp"

// Named by the linker script and by probe.S.
extern "C" {
extern std::uint64_t mailbox_page[];
extern std::uint64_t probe_stack;
std::uint64_t probe(std::uint64_t address, std::uint64_t* value, drywalk::kernel::UserAction action,
                    bool alignment_check);
[[noreturn]] void probe_abandon(std::uint64_t reason);
}

namespace drywalk {

namespace differential {

namespace {

namespace layout = kernel::layout;
using kernel::UserAction;

Ending abandoned; ///< by the exception handler; the vector is never 0 there

[[nodiscard]] UserAction action_of(OperationKind kind)
{
    switch (kind) {
    case OperationKind::write: return UserAction::store;
    case OperationKind::fetch: return UserAction::call;
    default: return UserAction::load;
    }
}

[[nodiscard]] Ending access_as_supervisor(const Operation& operation, std::uint64_t value)
{
    abandoned = {};
    const std::uint64_t vector =
        probe(operation.address(), &value, action_of(operation.kind), operation.alignment_check != 0);
    if (vector == 0) return {.value = value};
    return abandoned;
}

/// Through the kernel's own stub: one item in the mailbox, a stack on the mailbox's last page.
[[nodiscard]] Ending access_as_user(const Operation& operation, std::uint64_t value)
{
    constexpr std::uint64_t words_per_page = x86::small_page_bytes / 8;
    volatile std::uint64_t* const items = mailbox_page;
    const volatile std::uint64_t* const results = mailbox_page + layout::mailbox_item_pages * words_per_page;
    items[0] = operation.address();
    items[1] = value | static_cast<std::uint64_t>(action_of(operation.kind)) << 32;

    const kernel::x86_64::Ring3Entry entry{.instruction = layout::stub.value(),
                                           .stack = layout::mailbox_results.value() + 2 * x86::small_page_bytes,
                                           .item = layout::mailbox_items.value(),
                                           .result = layout::mailbox_results.value(),
                                           .remaining = 1};
    kernel::x86_64::Ring3Exit left;
    enter_ring3(&entry, &left);
    if (left.vector == DRYWALK_EXIT_VECTOR) return {.value = results[0]};
    return {left.vector, left.error_code, left.cr2, 0};
}

} // namespace

Ending make_access(const Operation& operation, std::uint64_t value)
{
    return operation.user != 0 ? access_as_user(operation, value) : access_as_supervisor(operation, value);
}

} // namespace differential

void kernel::x86_64::kernel_exception(const ExceptionFrame* frame)
{
    if (probe_stack == 0) panic(*frame);
    differential::abandoned = {frame->vector, frame->error_code, read_cr2(), 0};
    probe_abandon(frame->vector);
}

} // namespace drywalk
