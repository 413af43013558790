// SPDX-License-Identifier: MIT
#include "sim/trace/reader.hpp"

#include "sim/scenario/complaint.hpp"

#include <fmt/format.h>

namespace drywalk::trace {

namespace {

[[nodiscard]] Header read_header(LineReader& lines)
{
    Line line;
    if (lines.next(line)) return parse_header(lines, line);
    throw InputError{scenario::one_line(
        fmt::format("{}:1:1: nothing to read (line 1 is the header, at least {{\"drywalk_trace\":1}})", lines.file()))};
}

} // namespace

TraceReader::TraceReader(std::unique_ptr<ByteSource> source, std::string file)
    : lines_{std::move(source), std::move(file)}, header_{read_header(lines_)}, files_{lines_.file()}
{
}

TraceReader::TraceReader(std::vector<NamedSource> sources, const ReadOptions& /*options*/)
    : TraceReader{std::move(sources.front().bytes), std::move(sources.front().name)}
{
}

bool TraceReader::next(Event& event)
{
    Line line;
    if (!lines_.next(line)) return false;
    parse_event(lines_, line, header_, event);
    return true;
}

bool TraceReader::skip()
{
    Line line;
    return lines_.next(line);
}

TraceReader open_trace(const std::string& file)
{
    return TraceReader{open_bytes(file), file == "-" ? "standard input" : file};
}

} // namespace drywalk::trace
