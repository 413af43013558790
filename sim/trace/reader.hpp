// SPDX-License-Identifier: MIT
// Reads a trace event by event, in memory that does not depend on its length.
#pragma once

#include "sim/trace/event_parser.hpp"

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
};

class TraceReader {
public:
    /// Reads the header. `file` is what errors call the source. Throws InputError.
    TraceReader(std::unique_ptr<ByteSource> source, std::string file);
    /// The same for several logs, merged by `seq`; one alone needs none.
    explicit TraceReader(std::vector<NamedSource> sources, const ReadOptions& options = {});

    [[nodiscard]] const Header& header() const { return header_; }
    /// False after the last event. The event's texts are good until the next call. Throws InputError.
    [[nodiscard]] bool next(Event& event);
    /// Goes past one event without looking at it. False after the last one.
    [[nodiscard]] bool skip();
    /// Of the file, still compressed.
    [[nodiscard]] std::uint64_t bytes_read() const { return lines_.consumed(); }
    /// Of the event that was read last.
    [[nodiscard]] EventPlace place() const { return {0, lines_.number()}; }
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
    /// The file that the event read last came from.
    [[nodiscard]] const std::string& file() const { return lines_.file(); }

private:
    LineReader lines_;
    Header header_;
    std::vector<std::string> files_;
};

/// Opens `file`, or standard input for "-".
[[nodiscard]] TraceReader open_trace(const std::string& file);

} // namespace drywalk::trace
