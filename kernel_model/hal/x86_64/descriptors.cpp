// SPDX-License-Identifier: MIT
// Segments, task state and interrupt descriptors. [intel/vol3] 3.4.5, 6.14, 7.7

#include "kernel_model/hal/x86_64/descriptors.hpp"

#include "kernel_model/hal/x86_64/addresses.h"
#include "kernel_model/hal/x86_64/instructions.hpp"

#include <cstddef>
#include <cstdint>

extern "C" const std::byte interrupt_stubs[];
extern "C" const std::byte exit_interrupt_stub[];

namespace drywalk::kernel::x86_64 {

namespace {

constexpr std::size_t exception_count = 32;
constexpr std::size_t stub_bytes = 16;
constexpr std::size_t stack_bytes = 4096;

constexpr unsigned nmi_vector = 2;
constexpr unsigned breakpoint_vector = 3;
constexpr unsigned double_fault_vector = 8;
constexpr unsigned machine_check_vector = 18;

/// The 64-bit task state: only stacks. [intel/vol3] Figure 7-11
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved_0;
    std::uint64_t ring_stack[3];
    std::uint64_t reserved_1;
    std::uint64_t interrupt_stack[7]; ///< IST1 to IST7
    std::uint64_t reserved_2;
    std::uint16_t reserved_3;
    std::uint16_t io_map_base;
};
static_assert(sizeof(TaskState) == 104);

/// [intel/vol3] Figure 6-8
struct InterruptGate {
    std::uint16_t offset_low;
    std::uint16_t selector;
    std::uint8_t interrupt_stack;
    std::uint8_t type;
    std::uint16_t offset_middle;
    std::uint32_t offset_high;
    std::uint32_t reserved;
};
static_assert(sizeof(InterruptGate) == 16);

// Every "accessed" bit is set already, so that the processor never writes to the table.
constexpr std::uint64_t kernel_code = 0x00af'9b00'0000'ffff;
constexpr std::uint64_t kernel_data = 0x00cf'9300'0000'ffff;
constexpr std::uint64_t user_data = 0x00cf'f300'0000'ffff;
constexpr std::uint64_t user_code = 0x00af'fb00'0000'ffff;
constexpr std::uint64_t available_task_state = std::uint64_t{0x89} << 40;
constexpr std::uint8_t interrupt_gate = 0x8e;
constexpr std::uint8_t interrupt_gate_from_ring3 = 0xee;

alignas(16) std::uint64_t global_descriptors[7] = {0, kernel_code, kernel_data, user_data, user_code, 0, 0};
alignas(16) InterruptGate interrupt_descriptors[DRYWALK_EXIT_VECTOR + 1];
TaskState task_state;

/// Ring 3 is left on the first; the others serve exceptions that may find any stack broken.
alignas(16) std::byte exit_stack[stack_bytes];
alignas(16) std::byte fault_stacks[3][stack_bytes];

[[nodiscard]] std::uint64_t address_of(const void* object) { return reinterpret_cast<std::uint64_t>(object); }

void fill_task_state()
{
    task_state.ring_stack[0] = address_of(exit_stack + stack_bytes);
    for (unsigned stack = 0; stack < 3; ++stack) {
        task_state.interrupt_stack[stack] = address_of(fault_stacks[stack] + stack_bytes);
    }
    task_state.io_map_base = sizeof(TaskState);

    const std::uint64_t base = address_of(&task_state);
    global_descriptors[5] =
        available_task_state | (sizeof(TaskState) - 1) | (base & 0xff'ffff) << 16 | (base >> 24 & 0xff) << 56;
    global_descriptors[6] = base >> 32;
}

void set_gate(unsigned vector, const std::byte* handler, std::uint8_t type)
{
    const std::uint64_t offset = address_of(handler);
    interrupt_descriptors[vector] = {static_cast<std::uint16_t>(offset),
                                     DRYWALK_KERNEL_CODE,
                                     0,
                                     type,
                                     static_cast<std::uint16_t>(offset >> 16),
                                     static_cast<std::uint32_t>(offset >> 32),
                                     0};
}

void fill_interrupt_descriptors()
{
    for (unsigned vector = 0; vector < exception_count; ++vector) {
        // INT3 pads the templates: executing it is to be told as what it is, not as a protection fault.
        const auto type = vector == breakpoint_vector ? interrupt_gate_from_ring3 : interrupt_gate;
        set_gate(vector, interrupt_stubs + vector * stub_bytes, type);
    }
    set_gate(DRYWALK_EXIT_VECTOR, exit_interrupt_stub, interrupt_gate_from_ring3);
    interrupt_descriptors[nmi_vector].interrupt_stack = 1;
    interrupt_descriptors[double_fault_vector].interrupt_stack = 2;
    interrupt_descriptors[machine_check_vector].interrupt_stack = 3;
}

} // namespace

void load_descriptors()
{
    fill_task_state();
    fill_interrupt_descriptors();
    load_gdt({sizeof(global_descriptors) - 1, global_descriptors});
    load_code_segment(DRYWALK_KERNEL_CODE);
    load_task_register(DRYWALK_TASK_STATE);
    load_idt({sizeof(interrupt_descriptors) - 1, interrupt_descriptors});
}

} // namespace drywalk::kernel::x86_64
