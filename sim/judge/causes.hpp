// SPDX-License-Identifier: MIT
// Findings that have one cause, told once.
#pragma once

#include "sim/judge/verdict.hpp"

#include <vector>

namespace drywalk::judge {

/// Findings of one kind on one processor whose translations were broken by one event, or by events from one source
/// line.
struct Cause {
    const Finding* first = nullptr;
    const Finding* last = nullptr;
    std::size_t findings = 0;
    std::size_t pages = 0; ///< different 4 KiB pages
};

/// In the order of their first findings.
[[nodiscard]] std::vector<Cause> causes_of(const TraceVerdict& verdict, const std::vector<Finding>& findings);

} // namespace drywalk::judge
