// SPDX-License-Identifier: MIT
// Reads a trace event by event, in memory that does not depend on its length.
#pragma once

#include "sim/trace/event_order.hpp"
#include "sim/trace/mode_tracker.hpp"

#include <string>
#include <vector>

#include <string>
#include <vector>

namespace drywalk::trace {

/// How traces are read.
struct ReadOptions {
    bool skip_noise = false;            ///< skip lines that do not begin with {"
    std::vector<std::string> accessors; ///< functions and files whose frames of a stack do not count
};

struct NamedSource {
    std::string name; ///< what errors call it
    std::unique_ptr<ByteSource> bytes;
};

/// Where an event stands.
struct EventPlace {
    std::size_t file = 0;   ///< a position in TraceReader::files()
    std::uint64_t line = 0; ///< from 1
    bool operator==(const EventPlace&) const = default;
};

class TraceReader {
public:
    /// Reads the header. `file` is what errors call the source. Throws InputError.
    TraceReader(std::unique_ptr<ByteSource> source, std::string file);
    /// The same for several logs, whose headers agree. Their events are merged by `seq`; those of one log need none.
    explicit TraceReader(std::vector<NamedSource> sources, ReadOptions options = {});

    [[nodiscard]] const Header& header() const { return logs_.front()->header(); }
    /// False after the last event. The event's texts are good until the next call. Throws InputError, also for an event
    /// that raises an exception instead of taking effect, and for a mode that is not judged.
    [[nodiscard]] bool next(Event& event)
    {
        const bool found = logs_.size() == 1 ? next_of_one(event) : next_of_several(event);
        if (!found) return false;
        if (logs_[current_]->facts().subject != nullptr && !skipped()) check_mode(event);
        if (!event.stack.empty()) event.src = blamed(event.stack);
        return true;
    }
    /// Goes past one event, if it can without looking at it: for a second reading. What follows is not checked against
    /// what came before. False after the last one.
    [[nodiscard]] bool skip();

    /// Of the event that was read last.
    [[nodiscard]] EventPlace place() const { return {current_, logs_[current_]->line()}; }
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
    /// The file that the event read last came from.
    [[nodiscard]] const std::string& file() const { return logs_[current_]->file(); }
    /// True if event N stands on line N + 2 of the only file.
    [[nodiscard]] bool counts_lines() const { return counts_lines_; }
    /// Lines that were skipped.
    [[nodiscard]] std::uint64_t noise() const;
    /// Of all files, still compressed.
    [[nodiscard]] std::uint64_t bytes_read() const;

private:
    [[nodiscard]] bool next_of_one(Event& event)
    {
        if (!logs_.front()->next(event)) return false;
        if (logs_.front()->numbered() && !skipped()) order_.accept(logs_, 0);
        return true;
    }
    [[nodiscard]] bool next_of_several(Event& event);
    [[nodiscard]] bool skipped() const { return logs_.front()->skipped(); }
    void advance(std::size_t which);
    void check_mode(const Event& event);
    [[nodiscard]] std::string_view blamed(std::string_view stack) const;

    /// Heads of logs, the smallest number in front.
    struct Head {
        std::uint64_t seq;
        std::size_t log;
    };

    std::vector<std::string> files_;
    std::vector<std::string> accessors_;
    Logs logs_;
    ModeTracker modes_;
    EventOrder order_;
    bool counts_lines_;
    std::size_t current_ = 0;
    std::vector<Event> events_; ///< by log: what stands at its head
    std::vector<Head> heads_;   ///< a heap
    bool begun_ = false;
};

/// Opens `file`, or standard input for "-".
[[nodiscard]] TraceReader open_trace(const std::string& file);

} // namespace drywalk::trace
