// SPDX-License-Identifier: MIT
// One access in ring 0 that may fault.

.set alignment_check_flag, 0x40000
.set action_store, 1            // kernel::UserAction

    .text

// extern "C" std::uint64_t probe(address, std::uint64_t* value, kernel::UserAction action, bool alignment_check)
// Loads, stores or calls; *value is what to store, then what came back. Returns 0, or what probe_abandon() was given.
    .globl probe
    .type probe, @function
probe:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    pushfq
    push %rsi
    mov (%rsi), %rax
    test %cl, %cl
    jz access
    pushfq
    orl $alignment_check_flag, (%rsp)
    popfq
access:
    mov %rsp, probe_stack(%rip)
    cmp $action_store, %dx
    je store
    ja call_code
    mov (%rdi), %rax
    jmp accessed
store:
    mov %rax, (%rdi)
    jmp accessed
call_code:
    call *%rdi
    mov %eax, %eax
accessed:
    pop %rsi
    mov %rax, (%rsi)
    xor %eax, %eax
leave:
    movq $0, probe_stack(%rip)
    popfq
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

// extern "C" [[noreturn]] void probe_abandon(std::uint64_t reason)
    .globl probe_abandon
    .type probe_abandon, @function
probe_abandon:
    mov probe_stack(%rip), %rsp
    pop %rsi
    mov %rdi, %rax
    jmp leave

    .section .bss, "aw", @nobits
    .balign 8
    .globl probe_stack
probe_stack: .skip 8             // the stack pointer of the probe() in progress, 0 if there is none

    .section .note.GNU-stack, "", @progbits
