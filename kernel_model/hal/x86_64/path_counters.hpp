// SPDX-License-Identifier: MIT
// How often the kernel took each of its paths, and the time-stamp counter ticks that it spent in them. Under QEMU's
// instruction counting (-icount shift=0) a tick is an instruction.
#pragma once

#include "kernel_model/hal/hal.hpp"

#include <cstdint>

namespace drywalk::kernel::x86_64 {

struct PathTotal {
    std::uint64_t passes = 0;
    std::uint64_t ticks = 0; ///< what the counting itself costs is taken off
};

/// Finds out what the counting costs, and forgets whatever was counted.
void calibrate_path_counters();

[[nodiscard]] PathTotal path_total(hal::Path path);

/// Takes `ticks` that have just passed off the current path.
void leave_out(std::uint64_t ticks);

/// While one of these lives, the current path's time stands still: for the harness, which is no part of the kernel's
/// work, and for the zeroing and copying of pages, which the simulator charges on its own.
class UncountedScope {
public:
    UncountedScope();
    ~UncountedScope();
    UncountedScope(const UncountedScope&) = delete;
    UncountedScope& operator=(const UncountedScope&) = delete;
};

} // namespace drywalk::kernel::x86_64
