// SPDX-License-Identifier: MIT
// What a replay found, for people and for tools. The same replay gives the same bytes.
#pragma once

#include "sim/machine/machine.hpp"
#include "sim/output/made_by.hpp"
#include "sim/replay/reader.hpp"
#include "sim/replay/replay.hpp"

#include <string>

namespace drywalk::replay {

/// A replay and where it comes from.
struct ReplayReport {
    std::string trace; ///< the file's name
    InputFormat format = InputFormat::lackey;
    const machine::Machine* machine = nullptr;
    ReplayOptions options;
    ReplayResult result;
    bool partial = false;     ///< the replay was interrupted
    bool limited = false;     ///< the replay was asked to end here, and did
    bool cut_short = false;   ///< the trace says that its recording was interrupted
    output::MadeBy program{}; ///< names the program and its command
};

/// `report.program`, completed by machine, seed and pages.
[[nodiscard]] output::MadeBy made_by(const ReplayReport& report);

[[nodiscard]] const char* name_of(PagePolicy policy);
[[nodiscard]] std::string text_report(const ReplayReport& report, output::PageWidth width = {});
[[nodiscard]] std::string json_report(const ReplayReport& report);

} // namespace drywalk::replay
