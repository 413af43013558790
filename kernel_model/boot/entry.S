// SPDX-License-Identifier: MIT
// From the multiboot loader (32-bit, paging off) to kernel_entry() in 64-bit mode on the kernel's own addresses.
#include "kernel_model/hal/x86_64/addresses.h"

#define PHYSICAL(symbol) ((symbol) - DRYWALK_KERNEL_BASE)

// [multiboot] 3.1: modules page-aligned and a memory map wanted.
.set multiboot_magic, 0x1badb002
.set multiboot_flags, 0x3

.set large_page, 0x200000
.set boot_directories, 4   // a GiB each
.set efer_msr, 0xc0000080
.set boot_code_selector, 8
.set kernel_stack_bytes, 131072 // bare_metal.cmake refuses frames above half of it

    .section .multiboot, "a"
    .balign 4
    .long multiboot_magic, multiboot_flags, -(multiboot_magic + multiboot_flags)

    .section .boot, "ax"
    .code32
    .globl multiboot_entry
multiboot_entry:
    cli
    cld
    mov %eax, %ebp              // the loader's magic
    mov %ebx, %edi              // the multiboot information

    // The first 4 GiB, as 2 MiB leaves.
    mov $DRYWALK_BOOT_LARGE_LEAF, %eax
    mov $PHYSICAL(boot_directory), %ecx
fill:
    mov %eax, (%ecx)
    movl $0, 4(%ecx)
    add $8, %ecx
    add $large_page, %eax
    jnc fill

    // They appear at 0 and at direct_map; the first GiB at kernel_base, followed by the program window.
    movl $PHYSICAL(boot_low_pointers) + DRYWALK_BOOT_TABLE, PHYSICAL(boot_root)
    movl $PHYSICAL(boot_low_pointers) + DRYWALK_BOOT_TABLE, PHYSICAL(boot_root) + 256 * 8
    movl $PHYSICAL(boot_high_pointers) + DRYWALK_BOOT_TABLE, PHYSICAL(boot_root) + 511 * 8
    movl $PHYSICAL(boot_directory) + DRYWALK_BOOT_TABLE, PHYSICAL(boot_high_pointers) + 510 * 8
    movl $PHYSICAL(window_directory) + DRYWALK_BOOT_TABLE, PHYSICAL(boot_high_pointers) + 511 * 8
    mov $PHYSICAL(boot_directory) + DRYWALK_BOOT_TABLE, %eax
    mov $PHYSICAL(boot_low_pointers), %ecx
    mov $boot_directories, %edx
point:
    mov %eax, (%ecx)
    add $4096, %eax
    add $8, %ecx
    dec %edx
    jnz point

    mov $DRYWALK_BOOT_CR4, %eax
    mov %eax, %cr4
    mov $PHYSICAL(boot_root), %eax
    mov %eax, %cr3
    mov $efer_msr, %ecx
    mov $DRYWALK_BOOT_EFER, %eax
    xor %edx, %edx
    wrmsr
    mov $DRYWALK_BOOT_CR0, %eax
    mov %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $boot_code_selector, $long_mode

    .code64
long_mode:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    movabs $kernel_stack_top, %rsp
    mov %edi, %esi              // kernel_entry(magic, information)
    mov %ebp, %edi
    xor %ebp, %ebp
    movabs $kernel_entry, %rax
    call *%rax
    ud2

    .balign 8
boot_gdt:
    .quad 0, 0x00af9b000000ffff // null; 64-bit code
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long boot_gdt

    .section .bss, "aw", @nobits
    .balign 4096
boot_root: .skip 4096
boot_low_pointers: .skip 4096
boot_high_pointers: .skip 4096
boot_directory: .skip 4096 * boot_directories
kernel_stack: .skip kernel_stack_bytes
    .globl kernel_stack_top
kernel_stack_top:

    .section .note.GNU-stack, "", @progbits
