/* SPDX-License-Identifier: MIT */
/* A piece of a kernel with tracing off, or with -DPLAIN without any: both compile to the same code. */
#include <stdint.h>

#ifdef PLAIN
#define DRYWALK_PARAMETER
#define DRYWALK_PASS_HERE
#else
#define DRYWALK_IMPLEMENTATION
#include "drywalk/drywalk_trace.h"
#endif

void set_entry_from(volatile uint64_t* entry, uint64_t value DRYWALK_PARAMETER);
void unmap(volatile uint64_t* entries, uint64_t count);
uint64_t physical(volatile uint64_t* entry); /* never called when tracing is off */

void set_entry_from(volatile uint64_t* entry, uint64_t value DRYWALK_PARAMETER)
{
    *entry = value;
#ifndef PLAIN
    DRYWALK_STORE_AT(DRYWALK_CALLER, physical(entry), value);
#endif
}

void unmap(volatile uint64_t* entries, uint64_t count)
{
#ifndef PLAIN
    DRYWALK_START(&tracing, &state);
    DRYWALK_MARK("unmap");
#endif
    for (uint64_t index = 0; index < count; ++index) {
        set_entry_from(&entries[index], 0 DRYWALK_PASS_HERE);
#ifndef PLAIN
        DRYWALK_INVLPG(index << 12);
        DRYWALK_INVPCID(0U, 1U, index << 12);
        DRYWALK_MOV_CR3(0x1000);
        DRYWALK_PAGE(0x1000, entries);
        DRYWALK_READ(index << 12);
        DRYWALK_TLBSYNC();
        DRYWALK_RELEASE(0x1000, 4096);
        DRYWALK_SNAPSHOT(&state);
#endif
    }
#ifndef PLAIN
    DRYWALK_STOP();
    DRYWALK_RENDER(0, put);
#endif
}
