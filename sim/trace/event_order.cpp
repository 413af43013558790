// SPDX-License-Identifier: MIT
#include "sim/trace/event_order.hpp"

#include <fmt/format.h>

namespace drywalk::trace {

void EventOrder::accept(const Logs& logs, std::size_t which)
{
    const LogReader& log = *logs[which];
    const EventFacts& facts = log.facts();
    if (begun_ && facts.seq == last_) {
        log.fail(facts.seq_at, fmt::format("\"seq\" is {} as at {}:{} (each event of all logs has its own number)",
                                           facts.seq, logs[last_log_]->file(), last_line_));
    }
    if (begun_ && facts.seq != last_ + 1) {
        const std::uint64_t first = last_ + 1;
        const std::uint64_t last = facts.seq - 1;
        const std::string missing =
            first == last ? fmt::format("{} is", first) : fmt::format("{} to {} are", first, last);
        log.fail(facts.seq_at,
                 fmt::format("\"seq\" is {}, but {} missing ({})", facts.seq, missing, explanation(logs, which)));
    }
    Extent& own = extent(which);
    own.begun = true;
    own.last = facts.seq;
    begun_ = true;
    last_ = facts.seq;
    last_log_ = which;
    last_line_ = log.line();
}

void EventOrder::end(std::size_t which) { extent(which).ended = true; }

EventOrder::Extent& EventOrder::extent(std::size_t which)
{
    if (which >= extents_.size()) extents_.resize(which + 1);
    return extents_[which];
}

/// Where lost events may have been: at the end of a log that ended early, or before one that begins late.
std::string EventOrder::explanation(const Logs& logs, std::size_t which) const
{
    if (logs.size() == 1) return "every event of all processors is there, in one log or in several: check A B C";
    std::size_t early = logs.size();
    std::size_t late = logs.size();
    for (std::size_t each = 0; each < logs.size(); ++each) {
        const Extent known = each < extents_.size() ? extents_[each] : Extent{};
        if (known.ended && known.begun && (early == logs.size() || known.last > extents_[early].last)) early = each;
        if (!known.begun && !known.ended && (late == logs.size() || each == which)) late = each;
    }
    if (early != logs.size()) {
        return fmt::format("{} ends with {}: if its last events were lost, cut the other logs there, too",
                           logs[early]->file(), extents_[early].last);
    }
    if (late != logs.size()) {
        return fmt::format("{} begins with {}: if its first events were overwritten, begin the other logs there, too",
                           logs[late]->file(), logs[late]->facts().seq);
    }
    return "a log was not named, or events were lost in the middle of one";
}

} // namespace drywalk::trace
