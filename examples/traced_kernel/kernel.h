/* SPDX-License-Identifier: MIT */
/* A small mock kernel with processes on two processors: what it offers, and what it asks of its machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { page_bytes = 4096, processors = 2, frames = 256 };

struct process {
    uint64_t root;       /* physical address of its PML4 */
    uint64_t begin, end; /* its pages: linear addresses from begin to end */
    bool on[processors]; /* which processors have its tables loaded */
};

/* The kernel. */
void kernel_start(void);
void kernel_run(struct process* process); /* on this processor; NULL: none, the kernel's own tables */
void kernel_mmap(struct process* process, uint64_t begin, uint64_t end);
void kernel_munmap(struct process* process);
void kernel_fork(struct process* parent, struct process* child);
void kernel_exit(struct process* process);
void kernel_page_fault(struct process* process, uint64_t va); /* a write to a page that is shared until it is written */
uint64_t kernel_entry(const struct process* process, uint64_t va);

/* The machine. */
uint32_t machine_processor(void); /* the number of the one that runs this */
void machine_mov_cr3(uint64_t value);
void machine_invlpg(uint64_t va);
void machine_interrupt(uint32_t processor, void (*handler)(uint64_t),
                       uint64_t argument); /* and waits until it is done */
void machine_put(char character);          /* to the serial port */
uint64_t* machine_memory(uint64_t pa);
