// SPDX-License-Identifier: MIT
// The capability kernel: DataCaps, Images, Instances and frames.
#pragma once

#include "kernel_model/program/observation.hpp"
#include "kernel_model/program/workload.hpp"

namespace drywalk::kernel {

/// Whether the header's policies go together and fit its memory.
[[nodiscard]] bool well_formed_capabilities(const ProgramHeader& header);

/// Runs the whole program of hal::program_header(), which is well formed. See run_kernel().
Refusal run_capability_kernel();

} // namespace drywalk::kernel
