// SPDX-License-Identifier: MIT
// Reads a trace event by event, in memory that does not depend on its length.
#pragma once

#include "sim/trace/event_parser.hpp"

namespace drywalk::trace {

class TraceReader {
public:
    /// Reads the header. `file` is what errors call the source. Throws InputError.
    TraceReader(std::unique_ptr<ByteSource> source, std::string file);

    [[nodiscard]] const Header& header() const { return header_; }
    /// False after the last event. The event's texts are good until the next call. Throws InputError.
    [[nodiscard]] bool next(Event& event);
    /// Goes past one event without looking at it. False after the last one.
    [[nodiscard]] bool skip();
    /// Of the file, still compressed.
    [[nodiscard]] std::uint64_t bytes_read() const { return lines_.consumed(); }
    [[nodiscard]] const std::string& file() const { return lines_.file(); }

private:
    LineReader lines_;
    Header header_;
};

/// Opens `file`, or standard input for "-".
[[nodiscard]] TraceReader open_trace(const std::string& file);

} // namespace drywalk::trace
