// SPDX-License-Identifier: MIT
// What is worth doing only once something was found: exact witnesses, advice that is proved, the cited events' texts.
#pragma once

#include "sim/judge/verdict.hpp"
#include "sim/trace/trace_input.hpp"

namespace drywalk::judge {

/// Reads the trace again, a few times, and completes its verdict, if anything was found.
void complete(const trace::TraceInput& input, TraceVerdict& verdict);

} // namespace drywalk::judge
