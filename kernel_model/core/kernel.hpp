// SPDX-License-Identifier: MIT
// The kernel: boots, builds Images and Instances, carries out the workload program, reports what it observes.
#pragma once

#include "kernel_model/program/observation.hpp"

namespace drywalk::kernel {

/// Runs the whole program of hal::program_header() and returns what stopped it: Refusal::none at its end. Everything
/// it sees it reports through hal::report().
Refusal run_kernel();

} // namespace drywalk::kernel
