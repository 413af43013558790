// SPDX-License-Identifier: MIT
// The simulated machine as a SystemC model: a processor thread, caches and memory as modules, time by decoupling.
#pragma once

#include "sim/platform/kernel_run.hpp"

#include <filesystem>
#include <optional>

namespace drywalk::platform {

struct PlatformOptions {
    CpuOptions cpu;
    /// A VCD file for a waveform viewer; one nanosecond there is one core cycle. Turns decoupling off.
    std::optional<std::filesystem::path> vcd;
    /// Where to write every event in the trace format; .zst is compressed.
    std::optional<std::filesystem::path> trace;
    std::optional<JudgeOptions> judge; ///< judges every event against every permitted TLB
};

/// Elaborates, runs the program to its end and returns what it showed. SystemC elaborates once in a process: call this
/// once, or run it in a process of its own (isolated.hpp).
[[nodiscard]] RunResult run_systemc(const machine::Profile& profile, const KernelCosts& costs,
                                    std::span<const std::byte> program, const PlatformOptions& options = {});

} // namespace drywalk::platform
