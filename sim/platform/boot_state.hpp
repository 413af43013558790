// SPDX-License-Identifier: MIT
// The machine as the boot loader leaves it: paging on, and tables for the direct map and the kernel's linked addresses.
#pragma once

#include "sim/platform/machine.hpp"

namespace drywalk::platform {

/// Writes the boot loader's tables, which map the first `mapped_bytes` of memory, and resets every processor to them.
/// The observers, which know an empty memory only, hear of the tables as stores of processor 0.
void boot(Machine& machine, std::uint64_t mapped_bytes);

} // namespace drywalk::platform
