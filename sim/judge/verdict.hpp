// SPDX-License-Identifier: MIT
// What was found out about a trace: plain data for the reports.
#pragma once

#include "models/oracle/judgement.hpp"
#include "models/x86/invalidation.hpp"
#include "sim/trace/reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::judge {

using trace::Event;
using trace::EventKind;

/// An event as reports show it, kept beyond the reader's buffer.
struct EventText {
    std::uint64_t index = 0;
    EventKind kind = EventKind::mark;
    unsigned cpu = 0;
    std::string what; ///< see describe()
    std::string src;
    std::string note;
    std::string stack{}; ///< frames, innermost last, with a line feed between them; empty: not given
    bool operator==(const EventText&) const = default;
};

/// Texts of the trace are shortened here, so that reports stay small however often they repeat them.
[[nodiscard]] EventText text_of(std::uint64_t index, const Event& event);

inline constexpr std::size_t longest_text = 256;   ///< bytes of a note or the name of a mark
inline constexpr std::size_t longest_source = 512; ///< bytes of a source line

/// The beginning of `text`, cut between characters, with "..." behind it; all of it if it has no more than `most`
/// bytes.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most = longest_text);
/// The same from the end, which has the line number.
[[nodiscard]] std::string shortened_source(std::string_view src);

/// The memory that a release gave away.
struct ReleasedMemory {
    std::uint64_t pa = 0;
    std::uint64_t bytes = 0;
};

/// An access, a release or a MOV CR3 that may go wrong. A release is one finding for each processor and verdict.
struct Finding {
    EventText event;
    oracle::Verdict verdict = oracle::Verdict::ok;
    unsigned cpu = 0;     ///< whose cached entry it is: that of the event, except for a release
    std::uint64_t va = 0; ///< of the access; for a release, an address that the first holder translates
    std::optional<ReleasedMemory> released;
    std::vector<oracle::Holder> holders;    ///< of a release: what leads there, the first of them
    std::uint64_t holder_count = 0;         ///< all of them
    std::optional<std::uint64_t> loaded_by; ///< of a release while parked: the MOV CR3 that made it a violation
    x86::WalkOutcome tables;                ///< of an access: what the tables alone say
    std::optional<oracle::Witness> witness;
    bool approximate = false; ///< the witness's events are the oracle's estimates; see Explainer
    oracle::Remedy remedy;
    std::string mark; ///< the name of the last mark before; empty: none
};

/// An invalidation that removed nothing that mattered.
struct RedundantInvalidation {
    EventText event;
    std::optional<std::uint64_t> cycles; ///< what it cost, where that is known
};

/// The first ones of many.
template <typename Item>
struct Some {
    std::vector<Item> kept;
    std::uint64_t total = 0;
};

struct TraceVerdict {
    std::string file;               ///< what was judged
    bool lines = true;              ///< event N stands on line N + 2 of `file`; otherwise `places` tells
    std::vector<std::string> files; ///< that `file` stands for, where there are several
    std::map<std::uint64_t, trace::EventPlace> places; ///< of the events in findings, notes and `cited`, unless `lines`
    std::uint64_t noise = 0;                           ///< lines that were skipped
    bool from_middle = false;                          ///< the trace begins after boot
    unsigned cpus = 1;
    x86::Vendor vendor = x86::Vendor::portable;
    std::uint64_t events = 0;
    std::uint64_t accesses = 0;
    std::uint64_t releases = 0;
    std::uint64_t architectural_faults = 0;
    std::uint64_t most_deviations = 0; ///< stale entries at a time, as far as findings told: what memory goes with
    std::string last_mark;             ///< the name of the trace's last mark; empty: none
    Some<Finding> violations;
    Some<Finding> warnings;
    Some<RedundantInvalidation> redundant_invalidations;
    std::map<std::uint64_t, EventText> cited; ///< events that findings refer to, as far as they are known

    [[nodiscard]] bool clean() const { return violations.total == 0; }
    /// Accesses and releases are what is judged; whatever was found counts, too.
    [[nodiscard]] bool judged_something() const { return accesses + releases + violations.total + warnings.total != 0; }
};

/// A line of a trace; 0: not known.
struct TraceLine {
    std::string_view file;
    std::uint64_t line = 0;
};

/// Where an event stands, as far as it is known.
[[nodiscard]] TraceLine line_of(const TraceVerdict& verdict, std::uint64_t event);

/// "24 of 27 accesses faulted: is CR3 right?" if that is likely to be a mistake of the trace; otherwise empty.
[[nodiscard]] std::string doubt_about_faults(const TraceVerdict& verdict);

/// The events that a finding refers to, its own left out.
[[nodiscard]] std::vector<std::uint64_t> cited_by(const Finding& finding);
/// The events that all findings refer to, in order.
[[nodiscard]] std::vector<std::uint64_t> cited_events(const TraceVerdict& verdict);

/// The kind as the trace format's reports spell it: "stale-translation".
[[nodiscard]] std::string_view name_of(oracle::Verdict verdict);

/// The instruction that would have been enough: "invlpg 0x1000 on cpu 1"; empty if no single one is.
[[nodiscard]] std::string instruction_text(const oracle::Remedy& remedy, unsigned cpus);

/// The same with its place: "invlpg 0x1000 after event 7, before event 9". For one finding; see advice.hpp for groups.
[[nodiscard]] std::string missing_invalidation(const Finding& finding, unsigned cpus);

} // namespace drywalk::judge
