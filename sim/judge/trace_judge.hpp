// SPDX-License-Identifier: MIT
// Feeds a trace to the oracle and collects what it says.
#pragma once

#include "models/oracle/oracle.hpp"
#include "sim/judge/verdict.hpp"
#include "sim/trace/trace_input.hpp"

#include <cstddef>
#include <functional>

namespace drywalk::judge {

struct JudgeOptions {
    std::size_t most_kept = 10'000; ///< of violations, of warnings and of redundant invalidations; all are counted
};

/// Judges events one at a time: for whoever makes them as he goes.
class TraceJudge {
public:
    explicit TraceJudge(const trace::Header& header, JudgeOptions options = {});

    /// The event obeys the format's rules, as TraceReader guarantees. True if it is a finding.
    bool judge(const Event& event);
    /// How many findings and notes were kept.
    [[nodiscard]] std::uint64_t kept() const { return kept_; }
    [[nodiscard]] const TraceVerdict& verdict() const { return verdict_; }
    [[nodiscard]] TraceVerdict take() { return std::move(verdict_); }
    [[nodiscard]] const oracle::Oracle& oracle() const { return oracle_; }

private:
    bool judge_access(const Event& event);
    bool judge_release(const Event& event);
    bool judge_root(const Event& event);
    void judge_cr4(const Event& event);
    void escalate(std::uint64_t release, unsigned cpu);
    void note_redundant(EventText text);
    void note_invalidation(const Event& event, bool useful);
    void note_finding(const Event& event, Finding finding);

    JudgeOptions options_;
    oracle::Oracle oracle_;
    TraceVerdict verdict_;
    std::map<std::uint32_t, EventText> cr4_writes_; ///< the last of each processor
    std::uint64_t kept_ = 0;
};

/// Called every 65,536 events.
using Progress = std::function<void(const trace::TraceReader& reader)>;

/// Judges all that is left of a trace. `vendor` replaces the header's. Throws InputError.
[[nodiscard]] TraceVerdict judge_trace(trace::TraceReader& reader, std::optional<x86::Vendor> vendor = {},
                                       JudgeOptions options = {}, const Progress& progress = {});

/// Judges an input, and reads it again if anything is found: for exact witnesses, proved advice and cited events.
[[nodiscard]] TraceVerdict judge_input(const trace::TraceInput& input, std::optional<x86::Vendor> vendor = {},
                                       const Progress& progress = {});

/// The same for one file (or "-").
[[nodiscard]] TraceVerdict judge_file(const std::string& file, std::optional<x86::Vendor> vendor = {},
                                      const Progress& progress = {});

} // namespace drywalk::judge
