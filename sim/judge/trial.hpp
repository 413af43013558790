// SPDX-License-Identifier: MIT
// One judgement of a trace with remedies put in between its events: is what was found gone?
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

class Trial {
public:
    /// Where in its range a remedy is put.
    enum class Place : std::uint8_t {
        first, ///< right after the event that the remedy names
        middle,
        last, ///< right before the event that is judged
    };

    /// Puts in the remedies of `findings`, as they are now.
    Trial(const trace::Header& header, const std::vector<Finding*>& findings, Place place);

    /// Takes the events of the trace in order; those after the last finding make no difference.
    void follow(const Event& event);
    /// True if the finding is no longer found, and the access is no other violation either; also if there was too much
    /// to follow. After the last event.
    [[nodiscard]] bool cured(const Finding& finding) const;

private:
    using Key = std::tuple<std::uint64_t, unsigned, oracle::Verdict>;

    void judge(const Event& event);
    [[nodiscard]] std::uint64_t event_of(oracle::EventIndex counted) const;

    oracle::Oracle oracle_;
    std::vector<std::pair<std::uint64_t, oracle::Remedy>> remedies_; ///< before which event
    std::size_t next_ = 0;
    std::vector<oracle::EventIndex> put_in_; ///< where, as the oracle counts events
    std::uint64_t now_ = 0;                  ///< as the trace counts events
    std::uint64_t end_ = 0;                  ///< nothing is judged from here on
    bool gave_up_ = false;
    std::set<std::uint64_t> judged_; ///< the events of the findings
    std::set<Key> found_;
};

[[nodiscard]] constexpr bool has_remedy(const Finding& finding)
{
    return finding.remedy.instruction != oracle::Remedy::Instruction::none;
}

} // namespace drywalk::judge
