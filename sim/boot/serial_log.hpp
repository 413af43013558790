// SPDX-License-Identifier: MIT
// Reading the log that the bare-metal kernel writes to its serial port: kernel_model/program/log_format.hpp.
#pragma once

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/program/observation.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::boot {

/// One kernel path on a real machine: kernel::hal::Path.
struct PathTotal {
    std::uint64_t passes = 0;
    std::uint64_t ticks = 0; ///< of the time-stamp counter; instructions under QEMU's instruction counting

    [[nodiscard]] double ticks_per_pass() const
    {
        return passes == 0 ? 0.0 : static_cast<double>(ticks) / static_cast<double>(passes);
    }
};

struct SerialLog {
    std::vector<kernel::Observation> observations;
    std::array<PathTotal, kernel::hal::path_count> paths{};
};

enum class LogProblem : std::uint8_t {
    none,
    nothing,      ///< not one line of the kernel's
    panicked,     ///< the kernel gave up; `message` is its own
    malformed,    ///< a line with a right check that is not what the format says
    bad_check,    ///< a line whose check does not fit
    out_of_order, ///< a number is missing or comes twice
    truncated,    ///< no closing line
    bad_total,    ///< the closing line counts or sums other observations
};

struct ParsedLog {
    SerialLog log; ///< everything up to the problem
    LogProblem problem = LogProblem::none;
    std::string message; ///< the problem in words, with the line's number
};

/// Lines that do not begin like the kernel's are passed over: firmware and boot loaders write to the port too.
[[nodiscard]] ParsedLog parse_serial_log(std::string_view text);

} // namespace drywalk::boot
