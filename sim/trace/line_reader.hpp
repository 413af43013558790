// SPDX-License-Identifier: MIT
// Cuts a byte stream into lines without copying them, in bounded memory.
#pragma once

#include "sim/trace/byte_source.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::trace {

/// One line in the reader's buffer. `end` points to a line feed, always, and 8 more bytes may be read behind it;
/// whoever parses the line may overwrite it.
struct Line {
    char* begin = nullptr;
    char* end = nullptr;
};

class LineReader {
public:
    /// `file` is what errors call the source.
    LineReader(std::unique_ptr<ByteSource> source, std::string file);

    /// False at the end of the input. The last line need not end with a line feed. Throws InputError for a line that
    /// is longer than longest_line, having read no more than that of it.
    [[nodiscard]] bool next(Line& line);
    /// Of the line that was read last, from 1.
    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] std::uint64_t consumed() const { return source_->consumed(); }

private:
    [[nodiscard]] char* find_end();
    [[nodiscard]] bool refill();
    [[noreturn]] void fail_too_long(std::uint64_t line) const;

    std::unique_ptr<ByteSource> source_;
    std::string file_;
    std::vector<char> buffer_;
    char* at_;  ///< what follows was not given out yet
    char* end_; ///< of what was read
    std::uint64_t number_ = 0;
};

/// Where a line came from, to complain about it.
class LinePlace {
public:
    LinePlace(const LineReader& reader, const Line& line) : reader_{reader}, begin_{line.begin} {}

    /// Throws InputError as `file:line:column: what`; columns count bytes, from 1.
    [[noreturn]] void fail(const char* at, std::string_view what) const;

private:
    const LineReader& reader_;
    const char* begin_;
};

} // namespace drywalk::trace
