/* SPDX-License-Identifier: MIT */
/* A machine for the mock kernel, as a program: the processors take turns, the serial port is standard output. Then what
 * happens on it: two programs, a fork between them. */
#include "kernel.h"

#include "drywalk/drywalk_trace.h"

#include <stdio.h>

static uint64_t memory[frames * page_bytes / sizeof(uint64_t)];
static uint32_t this_processor;

uint32_t machine_processor(void) { return this_processor; }
void machine_mov_cr3(uint64_t value) { (void)value; }
void machine_invlpg(uint64_t va) { (void)va; }
void machine_put(char character) { putchar(character); }
uint64_t* machine_memory(uint64_t pa) { return &memory[pa / sizeof(uint64_t)]; }

void machine_interrupt(uint32_t processor, void (*handler)(uint64_t), uint64_t argument)
{
    const uint32_t interrupting = this_processor;
    this_processor = processor;
    handler(argument);
    this_processor = interrupting;
}

static void read_as_user(struct process* process, uint64_t va)
{
    (void)process;
    DRYWALK_READ_AT(DRYWALK_HERE, va, 1, DRYWALK_USER);
}

static void write_as_user(struct process* process, uint64_t va)
{
    const uint64_t may_write = 2;
    DRYWALK_WRITE_AT(DRYWALK_HERE, va, 1, DRYWALK_USER);
    if ((kernel_entry(process, va) & may_write) != 0) return;
    kernel_page_fault(process, va);
    DRYWALK_WRITE_AT(DRYWALK_HERE, va, 1, DRYWALK_USER);
}

static void for_each_page(struct process* process, void (*use)(struct process*, uint64_t))
{
    for (uint64_t va = process->begin; va != process->end; va += page_bytes)
        use(process, va);
}

int main(void)
{
    struct process shell = {0}, editor = {0};
    kernel_start();
    kernel_mmap(&shell, 0x400000, 0x404000);
    kernel_run(&shell);
    for_each_page(&shell, write_as_user);

    kernel_fork(&shell, &editor);
    for_each_page(&shell, write_as_user); /* the parent goes on at once */

    this_processor = 1;
    kernel_run(&editor);
    for_each_page(&editor, read_as_user);
    for_each_page(&editor, write_as_user);
    kernel_munmap(&editor);
    kernel_run(NULL);
    kernel_exit(&editor);

    this_processor = 0;
    for_each_page(&shell, read_as_user);
    kernel_run(NULL);
    kernel_exit(&shell);
    return 0;
}
