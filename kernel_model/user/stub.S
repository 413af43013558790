// SPDX-License-Identifier: MIT
// What runs in ring 3: it carries out the items in the mailbox, one after the other. Position-independent, because it
// is linked in the kernel image and executed at layout::stub.
//
// r12: the next item, r13: where its result goes, r14d: items left, rsp: the user stack.
// Memory is touched in this order and no other, which the simulator follows: read the item's address, read its value,
// action and count, make the access, write the result. A call also pushes and pops its return address. A sum or fill
// makes `count` accesses, one a word, from the item's address upwards.
// All of an item's state is in registers and changes after the access that may fault: once the handler has made the
// access possible, executing the faulting instruction again goes on where it stopped.
#include "kernel_model/hal/x86_64/addresses.h"

    .section .user_stub, "ax"
    .globl user_stub
user_stub:
    test %r14d, %r14d
    jz finished
next:
    mov (%r12), %rdi
    mov 8(%r12), %rax
    mov %rax, %rdx
    shr $48, %rdx                // words left of a sum or fill
    mov %rax, %rcx
    shr $32, %rcx
    movzwl %cx, %ecx
    mov %eax, %eax
    cmp $DRYWALK_ACTION_STORE, %ecx
    je store
    ja call_or_words
    mov (%rdi), %rax
    jmp result
store:
    mov %rax, (%rdi)
    jmp result
call_or_words:
    cmp $DRYWALK_ACTION_CALL, %ecx
    ja words
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

words:
    movzwl %ax, %ebx
    shl $3, %ebx                 // bytes from word to word
    shr $16, %eax                // what a fill writes
    cmp $DRYWALK_ACTION_SUM, %ecx
    jne fill
    xor %eax, %eax
sum:
    sub $1, %edx
    jb result
    add (%rdi), %rax
    add %rbx, %rdi
    jmp sum
fill:
    sub $1, %edx
    jb result
    mov %rax, (%rdi)
    add %rbx, %rdi
    jmp fill

    .section .note.GNU-stack, "", @progbits
