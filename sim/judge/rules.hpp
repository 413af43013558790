// SPDX-License-Identifier: MIT
// The kinds of finding as rules, for formats that describe them.
#pragma once

#include "models/oracle/judgement.hpp"

#include <span>
#include <string>
#include <string_view>

namespace drywalk::judge {

/// The rule about invalidations that remove nothing.
inline constexpr std::string_view redundant_rule = "redundant-invalidation";

/// All kinds, violations first.
[[nodiscard]] std::span<const oracle::Verdict> kinds();

/// "An access may reach memory that the page tables do not map there."
[[nodiscard]] std::string describe_rule(oracle::Verdict verdict);

/// The section of the documentation about a rule, relative to the project: "docs/findings.md#stale-translation".
[[nodiscard]] std::string help_place(std::string_view rule);

} // namespace drywalk::judge
