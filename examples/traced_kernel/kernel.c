/* SPDX-License-Identifier: MIT */
/* The mock kernel: frames with a count of users, 4-level page tables, fork with copy-on-write. It is freestanding C: no
 * library. What tracing added has DRYWALK in its line, or stands under "Tracing".
 *
 * It has one bug, which -DFIXED mends: see kernel_fork(). */
#include "kernel.h"

#define DRYWALK_IMPLEMENTATION
#include "drywalk/drywalk_trace.h"

enum { present = 1, writable = 2, user = 4, entries = 512 };
enum { copy_on_write = 1 << 9 }; /* a bit that the processor ignores: the page was writable before fork */

static const uint64_t address_mask = UINT64_C(0x000ffffffffff000);

/* ---- Tracing: what the header asks for ----------------------------------------------------------------------------*/

#if DRYWALK_TRACE
static const struct drywalk_kernel tracing = {.put = machine_put, .cpu = machine_processor};
static const struct drywalk_state boot_state = {.cpus = processors, .memory_bytes = (uint64_t)frames * page_bytes};
#endif

/* ---- Frames -------------------------------------------------------------------------------------------------------*/

static uint32_t users[frames]; /* of each frame; frame 0 is never used */

static uint64_t allocate_frame(void)
{
    uint64_t frame = 1;
    while (users[frame] != 0)
        ++frame;
    users[frame] = 1;
    return frame * page_bytes;
}

static void release_frame(uint64_t pa)
{
    if (--users[pa / page_bytes] != 0) return;
    DRYWALK_RELEASE(pa, page_bytes);
}

/* ---- Page tables --------------------------------------------------------------------------------------------------*/

/* Every store to a page table goes through here. The trace names the line that calls set_entry(), not this one. */
#define set_entry(pa, value) set_entry_from((pa), (value)DRYWALK_PASS_HERE)
static void set_entry_from(uint64_t pa, uint64_t value DRYWALK_PARAMETER)
{
    *(volatile uint64_t*)machine_memory(pa) = value;
    DRYWALK_STORE_AT(DRYWALK_CALLER, pa, value);
}

static uint64_t allocate_table(void)
{
    const uint64_t table = allocate_frame();
    for (uint64_t index = 0; index < entries; ++index)
        *(volatile uint64_t*)machine_memory(table + 8 * index) = 0;
    DRYWALK_FILL(table, 0);
    return table;
}

/* Where the entry of `va` in the table of `level` stands; level 1 holds the pages. 0: there is no such table. */
static uint64_t entry_at(uint64_t root, uint64_t va, unsigned level, bool allocate)
{
    uint64_t table = root;
    for (unsigned at = 4;; --at) {
        const uint64_t pa = table + 8 * ((va >> (12 + 9 * (at - 1))) % entries);
        if (at == level) return pa;
        if ((*machine_memory(pa) & present) == 0) {
            if (!allocate) return 0;
            set_entry(pa, allocate_table() | present | writable | user);
        }
        table = *machine_memory(pa) & address_mask;
    }
}

uint64_t kernel_entry(const struct process* process, uint64_t va)
{
    const uint64_t pa = entry_at(process->root, va, 1, false);
    return pa == 0 ? 0 : *machine_memory(pa);
}

static void release_tables(uint64_t table, unsigned level)
{
    for (uint64_t index = 0; level > 1 && index < entries; ++index) {
        const uint64_t entry = *machine_memory(table + 8 * index);
        if ((entry & present) != 0) release_tables(entry & address_mask, level - 1);
    }
    release_frame(table);
}

/* ---- Invalidations ------------------------------------------------------------------------------------------------*/

static void invalidate_here(uint64_t va)
{
    DRYWALK_INVLPG(va);
    machine_invlpg(va);
}

/* On every processor that has the process's tables loaded. */
static void invalidate(const struct process* process, uint64_t va)
{
    for (uint32_t processor = 0; processor < processors; ++processor)
        if (process->on[processor]) machine_interrupt(processor, invalidate_here, va);
}

static void load_tables(uint64_t root)
{
    DRYWALK_MOV_CR3(root);
    machine_mov_cr3(root);
}

/* ---- Processes ----------------------------------------------------------------------------------------------------*/

static uint64_t kernel_root;
static struct process* running[processors];

void kernel_start(void)
{
    DRYWALK_START(&tracing, &boot_state);
    kernel_root = allocate_table();
}

void kernel_run(struct process* process)
{
    const uint32_t here = machine_processor();
    if (process != NULL) process->on[here] = true; /* first: from now on its shootdowns include us */
    load_tables(process == NULL ? kernel_root : process->root);
    if (running[here] != NULL && running[here] != process) running[here]->on[here] = false;
    running[here] = process;
}

void kernel_mmap(struct process* process, uint64_t begin, uint64_t end)
{
    if (process->root == 0) process->root = allocate_table();
    for (uint64_t va = begin; va != end; va += page_bytes)
        set_entry(entry_at(process->root, va, 1, true), allocate_frame() | present | writable | user);
    process->begin = begin;
    process->end = end;
}

void kernel_munmap(struct process* process)
{
    for (uint64_t va = process->begin; va != process->end; va += page_bytes) {
        const uint64_t page = kernel_entry(process, va) & address_mask;
        set_entry(entry_at(process->root, va, 1, false), 0);
        invalidate(process, va);
        release_frame(page);
    }
    process->end = process->begin;
}

/* Parent and child share every page, read-only in both, until one of them writes to it. */
void kernel_fork(struct process* parent, struct process* child)
{
    child->root = allocate_table();
    child->begin = parent->begin;
    child->end = parent->end;
    for (uint64_t va = parent->begin; va != parent->end; va += page_bytes) {
        const uint64_t shared = (kernel_entry(parent, va) & ~(uint64_t)writable) | copy_on_write;
        ++users[(shared & address_mask) / page_bytes];
        set_entry(entry_at(child->root, va, 1, true), shared);
        set_entry(entry_at(parent->root, va, 1, false), shared); /* no longer writable, but a TLB may know it as such */
#ifdef FIXED
        invalidate(parent, va);
#endif
    }
}

void kernel_page_fault(struct process* process, uint64_t va)
{
    const uint64_t old = kernel_entry(process, va), page = allocate_frame();
    for (uint64_t offset = 0; offset < page_bytes; offset += 8)
        *(volatile uint64_t*)machine_memory(page + offset) = *machine_memory((old & address_mask) + offset);
    set_entry(entry_at(process->root, va, 1, false), page | present | writable | user);
    invalidate(process, va);
    release_frame(old & address_mask);
}

/* No processor may have the tables of `process` loaded. */
void kernel_exit(struct process* process)
{
    kernel_munmap(process);
    release_tables(process->root, 4);
    process->root = 0;
}
