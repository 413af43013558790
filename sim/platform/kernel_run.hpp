// SPDX-License-Identifier: MIT
// One run of the kernel: a machine, the test bench around it, and the kernel on its first processor.
#pragma once

#include "sim/platform/cpu_options.hpp"
#include "sim/platform/kernel_port.hpp"
#include "sim/platform/machine.hpp"

#include <span>

namespace drywalk::platform {

/// What a run takes. Everything it refers to outlives the run.
struct RunSetup {
    const machine::Profile& profile;
    const KernelCosts& costs;
    std::span<const std::byte> program;
    memory::Port& caches;
    Timeline& timeline;
    const CpuOptions& options;
};

class KernelRun {
public:
    explicit KernelRun(const RunSetup& setup);

    /// Runs the kernel from reset to its end. Call it once.
    [[nodiscard]] RunResult run();
    /// As the boot loader leaves the machine. run() begins with it.
    void reset();

    [[nodiscard]] Machine& machine() { return machine_; }
    [[nodiscard]] const Core& core() const { return core_; }
    [[nodiscard]] KernelPort& port() { return port_; }
    /// So far.
    [[nodiscard]] Counts counts() const;
    [[nodiscard]] const UserCounts& user_counts() const { return port_.user_counts(); }

private:
    void add_counts(Counts& counts) const;

    Harness harness_;
    Machine machine_;
    Core& core_;
    KernelPort port_;
};

} // namespace drywalk::platform
