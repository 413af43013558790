// SPDX-License-Identifier: MIT
// What to change so that a finding goes away, in words.
#pragma once

#include "sim/judge/causes.hpp"

#include <string>

namespace drywalk::judge {

/// For all findings of a group: "mm/vm.c:34 (event 38, store pa=...) must be followed by invlpg 0x1000 on cpu 1 before
/// event 41 (mm/vm.c:52)".
[[nodiscard]] std::string advice_of(const TraceVerdict& verdict, const Group& group);
/// For one finding alone.
[[nodiscard]] std::string advice_of(const TraceVerdict& verdict, const Finding& finding);

/// What cures it and what goes wrong otherwise, in one line: for formats that have no more.
[[nodiscard]] std::string message_of(const TraceVerdict& verdict, const Group& group);

/// The instructions of several remedies, places left out: "invlpg 0x1000, 0x2000 and 0x3000 on cpus 0 and 1".
[[nodiscard]] std::string instructions_text(std::span<const Missing> missing, unsigned cpus);

} // namespace drywalk::judge
