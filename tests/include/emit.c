/* SPDX-License-Identifier: MIT */
/* Writes the trace of every_macro.c: `emit` to standard output as it happens, `emit CPU` the ring of that processor. */
#include "drywalk/drywalk_trace.h"

#include "tests/include/every_macro.h"

#include <stdio.h>
#include <stdlib.h>

static struct drywalk_record records[2][256];
static struct drywalk_ring rings[2] = {{.records = records[0], .count = 256}, {.records = records[1], .count = 256}};
static uint32_t processor;

static uint32_t this_processor(void) { return processor; }
static void put(char character) { putchar(character); }

int main(int count, char** arguments)
{
    static const struct drywalk_kernel serial = {.put = put};
    static const struct drywalk_kernel ringed = {.cpu = this_processor, .rings = rings};
    static const struct drywalk_state state = {.cpus = 2, .memory_bytes = 0x10000};
    DRYWALK_START(count > 1 ? &ringed : &serial, &state);
    every_macro();
    processor = 1;
    DRYWALK_READ(0x1000);
    DRYWALK_STOP();
    return count > 1 && !DRYWALK_RENDER((uint32_t)atoi(arguments[1]), put);
}
