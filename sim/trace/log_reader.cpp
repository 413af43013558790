// SPDX-License-Identifier: MIT
#include "sim/trace/log_reader.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

namespace drywalk::trace {

namespace {

[[nodiscard]] Header read_header(LineReader& lines)
{
    Line line;
    if (lines.next(line)) return parse_header(lines, line);
    const std::string_view what = lines.noise() == 0 ? "nothing to read" : "no line begins with {\"";
    throw InputError{one_line(
        fmt::format("{}:1:1: {} (line 1 is the header, at least {{\"drywalk_trace\":1}})", lines.file(), what))};
}

} // namespace

LogReader::LogReader(std::unique_ptr<ByteSource> source, std::string file, LineOptions options)
    : lines_{std::move(source), std::move(file), options}, header_{read_header(lines_)}
{
}

void LogReader::check_number()
{
    if (facts_.seq_at == nullptr) {
        fail(nullptr, R"(no "seq" (in a log that has numbers, and in each of several logs, every event has one))");
    }
    if (!numbered_ && events_ != 0) {
        fail(facts_.seq_at, R"("seq" after events that have none (every event has one, or none has))");
    }
    if (has_number_ && facts_.seq <= last_number_) {
        fail(facts_.seq_at,
             fmt::format("\"seq\" is {} {} (each log counts upwards: the event before has {})", facts_.seq,
                         facts_.seq == last_number_ ? "twice" : "after a greater one", last_number_));
    }
    numbered_ = true;
    has_number_ = true;
    last_number_ = facts_.seq;
}

void LogReader::fail(const char* at, std::string_view what) const
{
    LinePlace{lines_, line_}.fail(at == nullptr ? line_.begin : at, what);
}

} // namespace drywalk::trace
