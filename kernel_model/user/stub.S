// SPDX-License-Identifier: MIT
// What runs in ring 3: it carries out the items in the mailbox, one after the other. Position-independent, because it
// is linked in the kernel image and executed at layout::stub.
//
// r12: the next item, r13: where its result goes, r14d: items left, rsp: the user stack.
// Memory is touched in this order and no other, which the simulator follows: read the item's address, read its value
// and action, make the access, write the result. A call also pushes and pops its return address.
#include "kernel_model/boot/addresses.h"

    .section .user_stub, "ax"
    .globl user_stub
user_stub:
    test %r14d, %r14d
    jz finished
next:
    mov (%r12), %rdi
    mov 8(%r12), %rax
    mov %rax, %rcx
    shr $32, %rcx
    movzwl %cx, %ecx
    mov %eax, %eax
    cmp $DRYWALK_ACTION_STORE, %ecx
    je store
    ja call_code
    mov (%rdi), %rax
    jmp result
store:
    mov %rax, (%rdi)
    jmp result
call_code:
    call *%rdi
    mov %eax, %eax
result:
    mov %rax, (%r13)
    add $16, %r12
    add $8, %r13
    dec %r14d
    jnz next
finished:
    int $DRYWALK_EXIT_VECTOR
    ud2

    .section .note.GNU-stack, "", @progbits
