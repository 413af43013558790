// SPDX-License-Identifier: MIT
// The workload program on a real machine: where the loader put it, where it belongs, how it is read.
#pragma once

#include "kernel_model/program/workload.hpp"
#include "models/x86/address.hpp"

#include <cstdint>

namespace drywalk::kernel::x86_64 {

/// Checks the module that the multiboot loader passed and moves it to the end of the frame pool. Panics if it is not a
/// workload program or the machine has too little memory. Needs entry.S's page tables.
void adopt_program(std::uint32_t loader_magic, x86::PhysicalAddress multiboot_information);

/// Makes the program at `base` the one that hal's harness functions read, through layout::program_window.
void open_program(const ProgramHeader& header, x86::PhysicalAddress base);

} // namespace drywalk::kernel::x86_64
