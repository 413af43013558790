// SPDX-License-Identifier: MIT
#include "sim/trace/line_reader.hpp"

#include "sim/input/complaint.hpp"
#include "sim/trace/fields.hpp"

#include <fmt/format.h>

#include <cstring>

namespace drywalk::trace {

namespace {

constexpr std::size_t padding = 16; ///< a line feed after the last line, and bytes that may be read beyond it

/// Noise has no end that is worth waiting for.
constexpr std::size_t longest_noise = std::size_t{64} * 1024 * 1024;

/// What an event may begin with: {" behind white space. RFC 8259
[[nodiscard]] bool is_noise(const char* begin, const char* end)
{
    while (begin != end && (*begin == ' ' || *begin == '\t' || *begin == '\r'))
        ++begin;
    return end - begin < 2 || begin[0] != '{' || begin[1] != '"';
}

[[noreturn]] void fail_at(const std::string& file, std::uint64_t line, std::size_t column, std::string_view what)
{
    throw InputError{one_line(fmt::format("{}:{}:{}: {}", file, line, column, what))};
}

} // namespace

LineReader::LineReader(std::unique_ptr<ByteSource> source, std::string file, LineOptions options)
    : source_{std::move(source)}, file_{std::move(file)}, options_{options},
      buffer_(options.block + longest_line + padding), at_{buffer_.data()}, end_{buffer_.data()}
{
}

bool LineReader::next(Line& line)
{
    if (!options_.skip_noise) return next_unskipped(line);
    while (next_unskipped(line)) {
        if (!is_noise(line.begin, line.end)) return true;
        ++noise_;
    }
    return false;
}

bool LineReader::next_unskipped(Line& line)
{
    char* const end = find_end();
    if (end == nullptr) return false;
    line = {at_, end};
    at_ = end + 1;
    ++number_;
    const bool too_long = static_cast<std::size_t>(end - line.begin) > longest_line;
    if (too_long && !(options_.skip_noise && is_noise(line.begin, end))) fail_too_long(number_);
    return true;
}

char* LineReader::find_end()
{
    std::size_t searched = 0;
    std::size_t dropped = 0;
    for (;;) {
        const auto length = static_cast<std::size_t>(end_ - at_);
        if (void* const found = std::memchr(at_ + searched, '\n', length - searched)) return static_cast<char*>(found);
        searched = length;
        if (length > longest_line) {
            if (!options_.skip_noise || !is_noise(at_, end_)) fail_too_long(number_ + 1);
            dropped += length - 1;
            if (dropped > longest_noise) fail_at(file_, number_ + 1, 1, "a line of noise that does not end");
            at_ = end_ - 1; // all but one byte of the noise is dropped, and that one begins no event
            *at_ = '#';
            searched = 1;
        }
        if (refill()) continue;
        if (length == 0) return nullptr;
        *end_ = '\n';
        return end_++;
    }
}

bool LineReader::refill()
{
    const auto kept = static_cast<std::size_t>(end_ - at_);
    std::memmove(buffer_.data(), at_, kept);
    at_ = buffer_.data();
    end_ = at_ + kept;
    const std::size_t count = source_->read(end_, options_.block);
    end_ += count;
    return count != 0;
}

void LineReader::fail_too_long(std::uint64_t line) const
{
    fail_at(file_, line, longest_line + 1,
            fmt::format("a line of more than {} bytes (an event takes far less)", longest_line));
}

void LinePlace::fail(const char* at, std::string_view what) const
{
    fail_at(reader_.file(), reader_.number(), static_cast<std::size_t>(at - begin_) + 1, what);
}

} // namespace drywalk::trace
