// SPDX-License-Identifier: MIT
// Whether a judged trace names the events that brute force names, and whether its advice cures.
#pragma once

#include "sim/judge/verdict.hpp"
#include "tests/oracle/trace.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace drywalk::oracle::test {

/// The trace written out, read, judged, and completed.
[[nodiscard]] judge::TraceVerdict judged(const Trace& trace);

/// The first finding whose witness names other events than the stamped explorer, or nothing.
[[nodiscard]] std::optional<std::string> wrong_witness(const Trace& trace, const judge::TraceVerdict& verdict);

/// How the findings of many traces fared.
struct WitnessCount {
    std::uint64_t traces = 0;
    std::map<Verdict, std::uint64_t> findings;
    std::uint64_t wrong = 0;
    std::string first; ///< a report of the first wrong one, with a trace that can be a file
};

/// `count` random traces. Stops after `most` wrong ones.
[[nodiscard]] WitnessCount witnesses_of_random_traces(std::uint64_t seed, x86::Vendor vendor, std::uint64_t count,
                                                      std::uint64_t most);

/// How often the advised instruction, put in at the first, a middle and the last place of its range, cured its finding.
struct AdviceCount {
    std::uint64_t findings = 0;
    std::uint64_t without_remedy = 0;
    std::uint64_t of_everything = 0; ///< the advice is INVPCID of everything
    std::uint64_t cured = 0;         ///< at all three places
    std::string first;               ///< the first that was not
};

[[nodiscard]] AdviceCount advice_of_random_traces(std::uint64_t seed, x86::Vendor vendor, std::uint64_t count);

} // namespace drywalk::oracle::test
