// SPDX-License-Identifier: MIT
// A study as text for people.
#pragma once

#include "sim/measure/study.hpp"

#include <string>

namespace drywalk::report {

[[nodiscard]] std::string text_report(const measure::Study& study);

/// What can be said of a discipline after a run on one concrete TLB. Never that it is safe.
[[nodiscard]] std::string verdict(const platform::Counts& counts);

/// Why the kernel gave up, in words.
[[nodiscard]] const char* refusal_text(kernel::Refusal refusal);

} // namespace drywalk::report
