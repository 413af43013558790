// SPDX-License-Identifier: MIT
// layout.hpp and boot_state.hpp for the assembler and the linker script, which read no C++.
// hal/x86_64/address_check.cpp compares them.
#pragma once

#define DRYWALK_KERNEL_BASE 0xffffffff80000000
#define DRYWALK_DIRECT_MAP 0xffff800000000000

#define DRYWALK_IMAGE_TEXT 0x100000
#define DRYWALK_USER_STUB 0x17f000
#define DRYWALK_IMAGE_DATA 0x180000
#define DRYWALK_MAILBOX 0x180000
#define DRYWALK_MAILBOX_BYTES 0x6000
#define DRYWALK_WINDOW_DIRECTORY 0x186000
#define DRYWALK_IMAGE_END 0x200000

// boot_state.hpp: the control registers, and the flags of the boot tables' entries (P, R/W; PS in leaves).
#define DRYWALK_BOOT_CR0 0x80000011
#define DRYWALK_BOOT_CR4 0x20
#define DRYWALK_BOOT_EFER 0x100
#define DRYWALK_BOOT_TABLE 0x3
#define DRYWALK_BOOT_LARGE_LEAF 0x83

// Selectors of the GDT in hal/x86_64/descriptors.cpp.
#define DRYWALK_KERNEL_CODE 0x08
#define DRYWALK_KERNEL_DATA 0x10
#define DRYWALK_USER_DATA 0x1b
#define DRYWALK_USER_CODE 0x23
#define DRYWALK_TASK_STATE 0x28

// The software interrupt by which the stub in ring 3 says that it has finished.
#define DRYWALK_EXIT_VECTOR 0x80

// What the stub does with an item: kernel::UserAction.
#define DRYWALK_ACTION_STORE 1
#define DRYWALK_ACTION_CALL 2
#define DRYWALK_ACTION_SUM 3

// What an exit from ring 3 pushes above the processor's frame: all general-purpose registers but RSP.
#define DRYWALK_SAVED_REGISTERS 15

// The fields of hal/x86_64/ring3.hpp's structures, in bytes.
#define DRYWALK_ENTRY_INSTRUCTION 0
#define DRYWALK_ENTRY_STACK 8
#define DRYWALK_ENTRY_ITEM 16
#define DRYWALK_ENTRY_RESULT 24
#define DRYWALK_ENTRY_REMAINING 32
#define DRYWALK_EXIT_FRAME_VECTOR 0
#define DRYWALK_EXIT_FRAME_ERROR 8
#define DRYWALK_EXIT_FRAME_CR2 16
#define DRYWALK_EXIT_FRAME_REMAINING 24
#define DRYWALK_EXIT_FRAME_ENTERED 32
#define DRYWALK_EXIT_FRAME_LEFT 40
