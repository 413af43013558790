// SPDX-License-Identifier: MIT
// What is worth doing only once something was found: exact witnesses, advice that is proved, the cited events' texts.
#pragma once

#include "sim/judge/verdict.hpp"
#include "sim/trace/reader.hpp"

#include <functional>

namespace drywalk::judge {

/// A reader that begins at the first event of the judged trace, each time anew.
using OpenTrace = std::function<trace::TraceReader()>;

/// Reads the trace again, a few times, and completes its verdict, if anything was found.
void complete(const OpenTrace& open, TraceVerdict& verdict);

} // namespace drywalk::judge
