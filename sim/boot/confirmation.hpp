// SPDX-License-Identifier: MIT
// The same program in the simulator and on a machine that we did not write, operation by operation.
#pragma once

#include "sim/boot/comparison.hpp"
#include "sim/boot/machine_run.hpp"
#include "sim/study/study.hpp"

#include <string>
#include <vector>

namespace drywalk::study {

/// What a scenario does on a simulated machine that keeps stale entries as the target may, and on one that keeps none.
struct Predictions {
    kernel::Discipline discipline = kernel::Discipline::not_global;
    std::vector<std::byte> program;
    std::vector<boot::Prediction> observations;
};

/// The profile whose TLB stands for `target` in a prediction: Bochs has its own; the others are predicted with it too,
/// since it is the one that shows what a machine which keeps global entries can show.
inline constexpr const char* predicting_machine = "bochs_2_7";
/// The profile on which nothing is ever stale across MOV CR3.
inline constexpr const char* reference_machine = "qemu_tcg";

[[nodiscard]] std::vector<Predictions> predict(const scenario::Scenario& scenario,
                                               const std::vector<kernel::Discipline>& disciplines,
                                               const machine::Machine& predicting, const machine::Machine& reference,
                                               const platform::KernelCosts& costs);

/// One program on one target.
struct Confirmation {
    kernel::Discipline discipline = kernel::Discipline::not_global;
    boot::Target target = boot::Target::qemu;
    boot::MachineStatus status = boot::MachineStatus::failed;
    std::string message; ///< why not, unless completed
    double seconds = 0;
    boot::Comparison comparison; ///< if completed
};

[[nodiscard]] Confirmation confirm(const Predictions& predictions, const boot::MachineRequest& request);

} // namespace drywalk::study
