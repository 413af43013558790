// SPDX-License-Identifier: MIT
// A trace's verdict as text for people, JSON for tools, and SARIF for whatever annotates source lines.
#pragma once

#include "sim/judge/verdict.hpp"

#include <string>
#include <string_view>

namespace drywalk::judge {

[[nodiscard]] std::string text_report(const TraceVerdict& verdict);
[[nodiscard]] std::string json_report(const TraceVerdict& verdict);
/// SARIF 2.1.0; `version` is this program's.
[[nodiscard]] std::string sarif_report(const TraceVerdict& verdict, std::string_view version);

} // namespace drywalk::judge
