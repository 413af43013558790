// SPDX-License-Identifier: MIT
// The way into ring 3 and every way out of it; exceptions in the kernel itself end in kernel_exception().
#include "kernel_model/hal/x86_64/addresses.h"

.set user_flags, 0x2             // IF clear: nothing but the workload runs in ring 3
.set vectors_with_error, 0x60227d00 // 8, 10-14, 17, 21, 29, 30. [intel/vol3] Table 6-1, [amd/vol2] 8.2
.set exception_count, 32

// What the kernel goes on with when ring 3 is left; `exit` holds the Ring3Exit to fill in then.
.macro keep_kernel exit
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    push \exit
    mov %rsp, kernel_resume(%rip)
.endm

    .text

// extern "C" void enter_ring3(const Ring3Entry* entry, Ring3Exit* exit)
// Returns when ring 3 is left; `exit` then says why.
    .globl enter_ring3
    .type enter_ring3, @function
enter_ring3:
    keep_kernel %rsi
    mov DRYWALK_ENTRY_ITEM(%rdi), %r12
    mov DRYWALK_ENTRY_RESULT(%rdi), %r13
    mov DRYWALK_ENTRY_REMAINING(%rdi), %r14
    push $DRYWALK_USER_DATA
    push DRYWALK_ENTRY_STACK(%rdi)
    push $user_flags
    push $DRYWALK_USER_CODE
    push DRYWALK_ENTRY_INSTRUCTION(%rdi)
    // Nothing of the kernel's, or of an earlier entry's, reaches the workload.
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edi, %edi
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r15d, %r15d
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    mov %rax, DRYWALK_EXIT_FRAME_ENTERED(%rsi)
    xor %eax, %eax
    xor %edx, %edx
    xor %esi, %esi
    iretq

// extern "C" void resume_ring3(Ring3Exit* exit)
// Executes the instruction that ring 3 was last left at again, all registers as they were. Nothing may have been
// pushed on that interrupt's stack since. Returns when ring 3 is left; `exit` then says why.
    .globl resume_ring3
    .type resume_ring3, @function
resume_ring3:
    keep_kernel %rdi
    mov user_registers(%rip), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rbp
    pop %rsi
    pop %rcx
    pop %rbx
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    mov %rax, DRYWALK_EXIT_FRAME_ENTERED(%rdi)
    pop %rdi
    pop %rdx
    pop %rax
    add $16, %rsp                // vector and error code
    iretq

// On the stack: vector, error code, then what the processor pushed. The registers join them: resume_ring3() takes them
// from there.
interrupt:
    cld
    testb $3, 24(%rsp)           // the privilege that CS had
    jz from_kernel
    push %rax
    push %rdx
    push %rdi
    push %rbx
    push %rcx
    push %rsi
    push %rbp
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, user_registers(%rip)
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    mov 8 * DRYWALK_SAVED_REGISTERS(%rsp), %rbx
    mov 8 * DRYWALK_SAVED_REGISTERS + 8(%rsp), %rcx
    mov kernel_resume(%rip), %rsp
    pop %rsi
    mov %rax, DRYWALK_EXIT_FRAME_LEFT(%rsi)
    mov %rbx, DRYWALK_EXIT_FRAME_VECTOR(%rsi)
    mov %rcx, DRYWALK_EXIT_FRAME_ERROR(%rsi)
    mov %cr2, %rax
    mov %rax, DRYWALK_EXIT_FRAME_CR2(%rsi)
    mov %r14d, %eax
    mov %rax, DRYWALK_EXIT_FRAME_REMAINING(%rsi)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

from_kernel:
    mov %rsp, %rdi
    and $-16, %rsp
    call kernel_exception
    ud2

// Each stub takes 16 bytes: stub N stands at interrupt_stubs + 16 N.
    .balign 16
    .globl interrupt_stubs
interrupt_stubs:
    .set vector, 0
    .rept exception_count
    .balign 16
    .if ((vectors_with_error >> vector) & 1) == 0
    push $0
    .endif
    push $vector
    jmp interrupt
    .set vector, vector + 1
    .endr
    .balign 16
    .globl exit_interrupt_stub
exit_interrupt_stub:
    push $0
    pushq $DRYWALK_EXIT_VECTOR
    jmp interrupt

    .section .bss, "aw", @nobits
    .balign 8
kernel_resume: .skip 8           // the stack pointer of the enter_ring3() or resume_ring3() in progress
    .globl user_registers
user_registers: .skip 8          // where the last exit from ring 3 left them

    .section .note.GNU-stack, "", @progbits
