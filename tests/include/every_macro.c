/* SPDX-License-Identifier: MIT */
/* Uses every macro of drywalk_trace.h once, in an order that is right for the judge. It also holds the implementation:
 * compiled freestanding, nothing must be undefined. */
#define DRYWALK_IMPLEMENTATION
#include "drywalk/drywalk_trace.h"

#include "tests/include/every_macro.h"

uint64_t table[512] = {0x5007};

static void set_entry_from(uint64_t pa, uint64_t value DRYWALK_PARAMETER)
{
    DRYWALK_STORE_AT(DRYWALK_CALLER, pa, value);
    (void)pa;
    (void)value;
}

static void clear_entry_from(uint64_t pa DRYWALK_PARAMETER) { set_entry_from(pa, 0 DRYWALK_PASS_ON); }

static void tell_the_tables(void)
{
    DRYWALK_FILL(0x1000, 0);
    DRYWALK_STORE(0x1000, 0x2007);
    DRYWALK_STORE_AT(DRYWALK_HERE_NOTE("a note"), 0x2000, 0x3007);
    set_entry_from(0x3000, 0x4007 DRYWALK_PASS_HERE);
    DRYWALK_PAGE(0x4000, table);
}

static void tell_the_registers(void)
{
    DRYWALK_MOV_CR0(0x80010001);
    DRYWALK_WRMSR_EFER(0xd00);
    DRYWALK_MOV_CR4(0x14000a0); /* PKE and PKS: the next two are legal */
    DRYWALK_WRPKRU(0);
    DRYWALK_WRMSR_PKRS(0);
    DRYWALK_MOV_CR3(0x1000);
    DRYWALK_CR3_OF(1, 0x1000);
}

void every_macro(void)
{
    DRYWALK_MARK("every macro");
    tell_the_tables();
    tell_the_registers();
    DRYWALK_READ(0);
    DRYWALK_WRITE(8);
    DRYWALK_FETCH(16);
    DRYWALK_READ_AT(DRYWALK_HERE, 24, 8, DRYWALK_USER | DRYWALK_AC);
    clear_entry_from(0x4000 DRYWALK_PASS_HERE);
    DRYWALK_INVLPGB(1, 0, 0);
    DRYWALK_TLBSYNC();
    DRYWALK_INVLPG(0);
    DRYWALK_INVPCID(2U, 0U, 0U);
    DRYWALK_PAGE_FAULT(0);
    DRYWALK_RELEASE(0x6000, 4096);
}
