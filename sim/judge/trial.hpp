// SPDX-License-Identifier: MIT
// Advice by trial: a judged trace is judged again with every remedy put in, and what was found must be gone.
#pragma once

#include "models/oracle/oracle.hpp"
#include "sim/judge/verdict.hpp"
#include "sim/trace/reader.hpp"

#include <cstdint>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace drywalk::judge {

/// One run of a trace with remedies put in between its events.
class Trial {
public:
    enum class Place : std::uint8_t {
        first, ///< right after the event that the remedy names
        last,  ///< right before the event that is judged
    };

    /// Puts in the remedies of all findings that `verdict` keeps, as they are now.
    Trial(const trace::Header& header, const TraceVerdict& verdict, Place place);

    /// Takes the events of the trace in order.
    void follow(const Event& event);
    /// True if the finding is no longer found. After the last event.
    [[nodiscard]] bool cured(const Finding& finding) const;

private:
    using Key = std::tuple<std::uint64_t, oracle::Verdict, unsigned>;

    [[nodiscard]] std::uint64_t event_of(oracle::EventIndex counted) const;
    void put_in(const oracle::Remedy& remedy);

    oracle::Oracle oracle_;
    std::vector<std::pair<std::uint64_t, oracle::Remedy>> remedies_; ///< before which event
    std::size_t next_ = 0;
    std::vector<oracle::EventIndex> put_in_; ///< where, as the oracle counts events
    std::uint64_t now_ = 0;                  ///< as the trace counts events
    std::set<Key> found_;
    std::set<std::uint64_t> judged_; ///< the events of findings that are kept
};

/// Puts a stronger remedy, INVPCID of everything right before the event, where a trial did not cure the finding. True
/// if there was any such finding.
[[nodiscard]] bool strengthen_what_failed(TraceVerdict& verdict, const Trial& first, const Trial& last);

/// Takes away remedies that did not cure.
void drop_what_failed(TraceVerdict& verdict, const Trial& trial);

} // namespace drywalk::judge
