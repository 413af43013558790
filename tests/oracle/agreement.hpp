// SPDX-License-Identifier: MIT
// Whether the oracle and the explorer say the same about a trace, and the shortest trace on which they do not.
#pragma once

#include "tests/oracle/trace.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace drywalk::oracle::test {

/// What the two do not agree on, or nothing. Verdicts, what the tables say, and whether the oracle's witness is one of
/// the explorer's candidates are compared at every access and release; A and D in memory at the end.
[[nodiscard]] std::optional<std::string> disagreement(const Trace& trace);

/// `trace` without events that `fails` does not need.
[[nodiscard]] Trace minimised(Trace trace, const std::function<bool(const Trace&)>& fails);

/// How two runs of many traces compared.
struct Comparison {
    std::uint64_t traces = 0;
    std::uint64_t events = 0;
    std::map<Verdict, std::uint64_t> verdicts; ///< the explorer's
    std::uint64_t disagreements = 0;
    std::string first; ///< a report of the first one, with a trace that can be a file
};

/// `count` random traces. Stops after `most` disagreements.
[[nodiscard]] Comparison compare_on_random_traces(std::uint64_t seed, x86::Vendor vendor, std::uint64_t count,
                                                  std::uint64_t most);

} // namespace drywalk::oracle::test
