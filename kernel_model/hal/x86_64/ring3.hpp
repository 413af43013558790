// SPDX-License-Identifier: MIT
// What ring3.cpp and boot/interrupts.S hand each other.
#pragma once

#include <cstdint>

namespace drywalk::kernel::x86_64 {

/// Registers on entry to the stub: see user/stub.S.
struct Ring3Entry {
    std::uint64_t instruction; ///< RIP
    std::uint64_t stack;       ///< RSP
    std::uint64_t item;        ///< R12
    std::uint64_t result;      ///< R13
    std::uint64_t remaining;   ///< R14
};

/// Why ring 3 was left.
struct Ring3Exit {
    std::uint64_t vector;
    std::uint64_t error_code; ///< 0 where the exception has none
    std::uint64_t cr2;
    std::uint64_t remaining; ///< R14D: items not finished
    std::uint64_t entered;   ///< time stamp just before ring 3
    std::uint64_t left;      ///< time stamp just after it
};

/// What an exit from ring 3 pushes before anything else, the last first.
struct UserRegisters {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rsi, rcx, rbx, rdi, rdx, rax;
};

/// The instructions that save them: a push each, and where they lie. They are over before Ring3Exit::left is taken.
inline constexpr std::uint64_t register_saving_instructions = sizeof(UserRegisters) / 8 + 1;

/// Of the last exit.
extern "C" const UserRegisters* user_registers;

/// What an exception in the kernel leaves on the stack. [intel/vol3] 6.14.2
struct ExceptionFrame {
    std::uint64_t vector;
    std::uint64_t error_code;
    std::uint64_t instruction;
    std::uint64_t code_segment;
    std::uint64_t flags;
    std::uint64_t stack;
    std::uint64_t stack_segment;
};

extern "C" void enter_ring3(const Ring3Entry* entry, Ring3Exit* exit);
extern "C" void resume_ring3(Ring3Exit* exit);
extern "C" [[noreturn]] void kernel_exception(const ExceptionFrame* frame);

} // namespace drywalk::kernel::x86_64
