// SPDX-License-Identifier: MIT
// Programs on a machine: one boot for as many as one likes.
#pragma once

#include "sim/boot/machine_run.hpp"
#include "tests/differential/program.hpp"

#include <chrono>

namespace drywalk::differential {

using boot::Target;

/// What CPUID says on QEMU and, with the processor chosen here, on Bochs. Programs are generated for it, and the
/// payload reports it: another processor's answers are refused. Both emulators have the 40 physical bits compiled in.
inline constexpr Processor emulated_processor{40, Feature::supervisor_execution_prevention |
                                                      Feature::supervisor_access_prevention | Feature::pages_1g};

struct MachineAnswers {
    std::string problem; ///< for people; empty if every program was answered
    std::vector<Answer> answers;
    double seconds = 0;
};

/// A boot of the payload at `payload`.
struct Boot {
    Target target = Target::bochs;
    std::string payload;
    bool report_slots = false;
    std::chrono::seconds time_limit{600};
};

[[nodiscard]] MachineAnswers run_programs(const Boot& boot, std::span<const Program> programs);

/// The answers in a machine's serial output, each checked; `problem` says what is wrong with it.
[[nodiscard]] MachineAnswers parse_answers(std::string_view text, const Processor& processor,
                                           std::span<const Program> programs);

} // namespace drywalk::differential
