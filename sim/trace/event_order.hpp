// SPDX-License-Identifier: MIT
// The one order of the events of several logs: their numbers, `seq`, without a gap and without a double.
#pragma once

#include "sim/trace/log_reader.hpp"

#include <memory>
#include <vector>

namespace drywalk::trace {

using Logs = std::vector<std::unique_ptr<LogReader>>;

class EventOrder {
public:
    /// The event that `logs[which]` read last, at `line`, is the next one. Throws InputError if an event is missing
    /// before it, or if it has the number of the one before.
    void accept(const Logs& logs, std::size_t which);
    /// `logs[which]` has no further event.
    void end(std::size_t which);

private:
    struct Extent {
        bool begun = false;
        bool ended = false;
        std::uint64_t last = 0; ///< number, if it has begun
    };

    [[nodiscard]] Extent& extent(std::size_t which);
    [[nodiscard]] std::string explanation(const Logs& logs, std::size_t which) const;

    std::vector<Extent> extents_; ///< by log
    bool begun_ = false;
    std::uint64_t last_ = 0;
    std::size_t last_log_ = 0;
    std::uint64_t last_line_ = 0;
};

} // namespace drywalk::trace
