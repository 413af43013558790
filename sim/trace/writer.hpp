// SPDX-License-Identifier: MIT
// Writes a trace; what it writes, TraceReader reads back identically.
#pragma once

#include "sim/output/atomic_file.hpp"
#include "sim/trace/event_parser.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace drywalk::trace {

/// The line of the header and of an event, line feed included. Bytes of `src`, `note` and `name` that are not UTF-8
/// become U+FFFD.
[[nodiscard]] std::string header_line(const Header& header);
void append_event_line(std::string& to, const Event& event);

/// Writes a file that appears, complete, with finish(); without that call nothing stays (output::AtomicFile). A name
/// that ends in .zst is compressed. Every function throws InputError if it cannot write.
class TraceWriter {
public:
    TraceWriter(const std::filesystem::path& file, const Header& header);
    /// The caller commits `file`, after finish().
    TraceWriter(output::AtomicFile& file, const Header& header);
    ~TraceWriter();
    TraceWriter(const TraceWriter&) = delete;
    TraceWriter& operator=(const TraceWriter&) = delete;

    void write(const Event& event);
    void finish();
    [[nodiscard]] std::uint64_t events() const { return events_; }

private:
    class File;

    void flush();

    std::unique_ptr<File> file_;
    std::string pending_;
    std::uint64_t events_ = 0;
};

} // namespace drywalk::trace
