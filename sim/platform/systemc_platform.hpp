// SPDX-License-Identifier: MIT
// The simulated machine as a SystemC model: a processor thread, caches and memory as modules, time by decoupling.
#pragma once

#include "sim/output/atomic_file.hpp"
#include "sim/platform/kernel_run.hpp"

#include <optional>

namespace drywalk::platform {

struct PlatformOptions {
    CpuOptions cpu;
    // Both files are written to, also by a process of its own, and committed by the caller.
    output::AtomicFile* vcd = nullptr;   ///< for a waveform viewer (waveform.hpp); turns decoupling off
    output::AtomicFile* trace = nullptr; ///< every event in the trace format; a name in .zst: compressed
    std::optional<JudgeOptions> judge;   ///< judges every event against every permitted TLB
};

/// Elaborates, runs the program to its end and returns what it showed. SystemC elaborates once in a process: call this
/// once, or run it in a process of its own (isolated.hpp).
[[nodiscard]] RunResult run_systemc(const machine::Profile& profile, const KernelCosts& costs,
                                    std::span<const std::byte> program, const PlatformOptions& options = {});

} // namespace drywalk::platform
