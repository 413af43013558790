// SPDX-License-Identifier: MIT
// The pointer chase on the machine that this program runs on. Linux only.
#pragma once

#include "sim/calibrate/measured_curve.hpp"

#include <functional>
#include <string>
#include <vector>

namespace drywalk::calibrate {

struct NativeOptions {
    double seconds = 20; ///< measuring stops when they are over; what was not reached is left out
    std::uint64_t seed = 1;
    std::function<void(const std::string& what, std::size_t done, std::size_t all)> progress;
};

/// What 2 MiB pages turned out to be.
enum class LargePages : std::uint8_t {
    usable,     ///< the TLB holds them whole
    refused,    ///< the kernel gave none
    fragmented, ///< given, but the TLB holds 4 KiB pieces: a hypervisor maps the memory in 4 KiB pages
};

struct NativeCurves {
    MeasuredCurves curves; ///< one_line_per_4k_page, packed_lines and, if usable, one_line_per_2m_page
    double core_ghz = 0;   ///< the greatest seen; latencies are in cycles of the clock at their time
    LargePages large_pages = LargePages::refused;
    bool pinned = false;           ///< on one processor
    bool hypervisor = false;       ///< /proc/cpuinfo says so
    bool complete = true;          ///< false: time ran out
    std::size_t disturbed = 0;     ///< points of whose pieces more than a tenth were interrupted and left out
    std::size_t untrustworthy = 0; ///< of them, those that were no better when measured again
};

/// Throws std::runtime_error if memory cannot be had.
[[nodiscard]] NativeCurves measure_here(const NativeOptions& options);

/// One line if some points cannot be trusted: the process was preempted while it measured them. Empty otherwise.
[[nodiscard]] std::string preemption_warning(const NativeCurves& native);

/// The curves in the form that parse_measured() reads.
[[nodiscard]] std::string csv_of(const MeasuredCurves& curves);

} // namespace drywalk::calibrate
