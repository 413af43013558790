// SPDX-License-Identifier: MIT
// The processor on plain caches, without SystemC: what unit tests run, and what the SystemC platform must equal.
#pragma once

#include "sim/platform/kernel_run.hpp"

namespace drywalk::platform {

[[nodiscard]] RunResult run_plain(const machine::Profile& profile, const KernelCosts& costs,
                                  std::span<const std::byte> program, const CpuOptions& options = {});

} // namespace drywalk::platform
