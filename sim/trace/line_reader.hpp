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

struct LineOptions {
    bool skip_noise = false;                     ///< lines that do not begin with {" are skipped, however long they are
    std::size_t block = std::size_t{256} * 1024; ///< bytes that are read at once
};

/// The block for each of `readers` that are open at the same time.
[[nodiscard]] constexpr std::size_t block_for(std::size_t readers)
{
    constexpr std::size_t least = std::size_t{16} * 1024;
    const std::size_t share = LineOptions{}.block / readers;
    return share < least ? least : share;
}

class LineReader {
public:
    /// `file` is what errors call the source.
    LineReader(std::unique_ptr<ByteSource> source, std::string file, LineOptions options = {});

    /// False at the end of the input. The last line need not end with a line feed. Throws InputError for a line that
    /// is longer than longest_line, having read no more than that of it.
    [[nodiscard]] bool next(Line& line);
    /// Of the line that was read last, from 1.
    [[nodiscard]] std::uint64_t number() const { return number_; }
    /// How many lines were skipped.
    [[nodiscard]] std::uint64_t noise() const { return noise_; }
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] std::uint64_t consumed() const { return source_->consumed(); }

private:
    [[nodiscard]] bool next_unskipped(Line& line);
    [[nodiscard]] char* find_end();
    [[nodiscard]] bool refill();
    [[noreturn]] void fail_too_long(std::uint64_t line) const;

    std::unique_ptr<ByteSource> source_;
    std::string file_;
    LineOptions options_;
    std::vector<char> buffer_;
    char* at_;  ///< what follows was not given out yet
    char* end_; ///< of what was read
    std::uint64_t number_ = 0;
    std::uint64_t noise_ = 0;
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
