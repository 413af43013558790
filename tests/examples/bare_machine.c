/* SPDX-License-Identifier: MIT */
/* The least of a machine, without a library: with it nothing of the mock kernel may be undefined. */
#include "kernel.h"

static uint64_t memory[frames * page_bytes / sizeof(uint64_t)];

uint32_t machine_processor(void) { return 0; }
void machine_mov_cr3(uint64_t value) { (void)value; }
void machine_invlpg(uint64_t va) { (void)va; }
void machine_put(char character) { (void)character; }
uint64_t* machine_memory(uint64_t pa) { return &memory[pa / sizeof(uint64_t)]; }
void machine_interrupt(uint32_t processor, void (*handler)(uint64_t), uint64_t argument)
{
    (void)processor;
    handler(argument);
}
