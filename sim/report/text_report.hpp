// SPDX-License-Identifier: MIT
// A study as text for people.
#pragma once

#include "sim/study/study.hpp"

#include <string>

namespace drywalk::report {

[[nodiscard]] std::string text_report(const study::Study& study);

/// What can be said of a discipline after a run on one concrete TLB. Never that it is safe.
[[nodiscard]] std::string verdict(const platform::Counts& counts);

/// What the judge says of a discipline: whether some TLB that the architecture permits lets an access go wrong.
[[nodiscard]] std::string judgement(const platform::RunResult& result);

/// The causes that the judge found, with the lines of the kernel behind them; empty if it found none.
[[nodiscard]] std::string judge_text(const study::Row& row);

/// Why the kernel gave up, in words.
[[nodiscard]] const char* refusal_text(kernel::Refusal refusal);

} // namespace drywalk::report
