// SPDX-License-Identifier: MIT
// Findings that have one cause, told once: the same groups in every format.
#pragma once

#include "sim/judge/missing.hpp"
#include "sim/judge/source_place.hpp"
#include "sim/judge/verdict.hpp"

#include <span>
#include <string>
#include <vector>

namespace drywalk::judge {

/// What was decided about a group before.
enum class Disposition : std::uint8_t {
    fresh,    ///< nothing
    known,    ///< it stands in the baseline
    accepted, ///< a comment in the source accepts it
};

/// Findings of one kind whose cause is one source line or, where the trace names none, one event.
struct Group {
    oracle::Verdict verdict = oracle::Verdict::ok;
    bool is_violation = true;             ///< otherwise a warning
    std::vector<const Finding*> findings; ///< at least one, in the verdict's order
    std::vector<unsigned> cpus;           ///< of the findings, ascending
    std::size_t pages = 0;                ///< different 4 KiB pages
    std::vector<Missing> missing;         ///< what cures all of them, as far as single instructions do
    std::size_t incurable = 0;            ///< findings that no single instruction cures
    SourcePlace place;                    ///< the line to fix
    std::string fingerprint;              ///< the same in the next run, although events have other numbers there
    Disposition disposition = Disposition::fresh;
    std::string reason; ///< of an accepted one

    [[nodiscard]] const Finding& first() const { return *findings.front(); }
    [[nodiscard]] const Finding& last() const { return *findings.back(); }
};

/// Violations first, each in the order of their first findings. They point into `verdict`. `reasons` accepts findings,
/// violations first; an empty text accepts nothing, and missing texts are empty.
[[nodiscard]] std::vector<Group> groups_of(const TraceVerdict& verdict, std::span<const std::string> reasons = {});

/// The event that is to blame: nothing if it is the finding's own.
[[nodiscard]] std::optional<std::uint64_t> cause_of(const Finding& finding);

/// The source line to fix: that of the cause, else that of the change that made the entry stale, else the finding's
/// own, else the trace's line.
[[nodiscard]] SourcePlace place_to_fix(const TraceVerdict& verdict, const Finding& finding);

/// Where an event stands: its source line, else the trace's line.
[[nodiscard]] SourcePlace place_of_event(const TraceVerdict& verdict, const EventText& event);

/// Redundant invalidations of one source line.
struct RedundantGroup {
    const RedundantInvalidation* first = nullptr;
    std::uint64_t count = 0;
    std::optional<std::uint64_t> cycles; ///< of all of them, as far as known
};

/// In the order of their first events. They point into `verdict`.
[[nodiscard]] std::vector<RedundantGroup> redundant_groups_of(const TraceVerdict& verdict);

} // namespace drywalk::judge
