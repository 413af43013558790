// SPDX-License-Identifier: MIT
// Reads one file of a trace, event by event. Several of them make a merged trace.
#pragma once

#include "sim/trace/event_parser.hpp"

namespace drywalk::trace {

class LogReader {
public:
    /// Reads the header.
    LogReader(std::unique_ptr<ByteSource> source, std::string file, LineOptions options);

    [[nodiscard]] const Header& header() const { return header_; }
    /// False after the last event. The event's texts are good until the next call.
    [[nodiscard]] bool next(Event& event)
    {
        if (!lines_.next(line_)) return false;
        facts_ = parse_event(lines_, line_, header_, event);
        if ((facts_.seq_at != nullptr || numbered_) && !skipped_) check_number();
        ++events_;
        return true;
    }
    /// Goes past one event without looking at it; its number, and those of all that follow, are not checked.
    [[nodiscard]] bool skip()
    {
        skipped_ = true;
        return lines_.next(line_);
    }
    [[nodiscard]] bool skipped() const { return skipped_; }

    /// Of the event that was read last.
    [[nodiscard]] const EventFacts& facts() const { return facts_; }
    [[nodiscard]] std::uint64_t line() const { return lines_.number(); }
    /// True if the events have numbers: `seq`.
    [[nodiscard]] bool numbered() const { return numbered_; }
    /// From the next event on, an event without a number is refused.
    void require_numbers() { numbered_ = true; }

    [[nodiscard]] const std::string& file() const { return lines_.file(); }
    [[nodiscard]] std::uint64_t consumed() const { return lines_.consumed(); }
    [[nodiscard]] std::uint64_t noise() const { return lines_.noise(); }
    /// Complains about the event that was read last; null: about the whole line.
    [[noreturn]] void fail(const char* at, std::string_view what) const;

private:
    void check_number();

    LineReader lines_;
    Header header_;
    Line line_;
    EventFacts facts_;
    std::uint64_t events_ = 0;
    bool skipped_ = false;
    bool numbered_ = false;
    bool has_number_ = false; ///< last_number_ counts
    std::uint64_t last_number_ = 0;
};

} // namespace drywalk::trace
