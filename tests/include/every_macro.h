/* SPDX-License-Identifier: MIT */
/* A program for the tests of drywalk_trace.h: see every_macro.c. */
#pragma once

#include <stdint.h>

extern uint64_t table[512];

void every_macro(void);
