// SPDX-License-Identifier: MIT
// A study as text for people.
#pragma once

#include "sim/output/made_by.hpp"
#include "sim/study/study.hpp"

#include <string>

namespace drywalk::report {

/// `program` names the program and its command; the rest of what made the study is in the study.
[[nodiscard]] std::string text_report(const study::Study& study, const output::MadeBy& program = {},
                                      output::PageWidth width = {});

/// `program`, completed by machine, seed and workload.
[[nodiscard]] output::MadeBy made_by(const study::Study& study, const output::MadeBy& program);

/// "1000 CALL/HALT pairs, Image switches in 100 % of them".
[[nodiscard]] std::string workload_text(const scenario::Workload& workload);

/// What can be said of a discipline after a run on one concrete TLB. Never that it is safe.
[[nodiscard]] std::string verdict(const platform::Counts& counts);

/// The same for a column that is called "on this TLB".
[[nodiscard]] std::string on_this_tlb(const platform::Counts& counts);

/// What the judge says of a discipline: whether some TLB that the architecture permits lets an access go wrong.
[[nodiscard]] std::string judgement(const platform::RunResult& result);

/// The causes that the judge found, with the lines of the kernel behind them; empty if it found none.
[[nodiscard]] std::string judge_text(const study::Row& row, output::PageWidth width = {});

/// Why the kernel gave up, in words.
[[nodiscard]] const char* refusal_text(kernel::Refusal refusal);

} // namespace drywalk::report
