// SPDX-License-Identifier: MIT
#include "sim/trace/reader.hpp"

#include "sim/input/complaint.hpp"
#include "sim/trace/fields.hpp"
#include "sim/trace/header_comparison.hpp"
#include "sim/trace/stack.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::trace {

namespace {

[[nodiscard]] Logs open_logs(std::vector<NamedSource> sources, const ReadOptions& options)
{
    const LineOptions lines{options.skip_noise, block_for(sources.size())};
    Logs logs;
    for (NamedSource& source : sources)
        logs.push_back(std::make_unique<LogReader>(std::move(source.bytes), std::move(source.name), lines));
    return logs;
}

[[nodiscard]] std::vector<NamedSource> only(std::unique_ptr<ByteSource> source, std::string file)
{
    std::vector<NamedSource> sources;
    sources.push_back({std::move(file), std::move(source)});
    return sources;
}

void require_equal_headers(const Logs& logs)
{
    const LogReader& first = *logs.front();
    for (const auto& log : logs) {
        const std::string difference = first_difference(log->header(), first.header());
        if (difference.empty()) continue;
        throw InputError{one_line(
            fmt::format("{}: the header differs from that of {}: {} (the headers of logs that belong together agree)",
                        log->file(), first.file(), difference))};
    }
}

} // namespace

TraceReader::TraceReader(std::unique_ptr<ByteSource> source, std::string file)
    : TraceReader{only(std::move(source), std::move(file))}
{
}

TraceReader::TraceReader(std::vector<NamedSource> sources, ReadOptions options)
    : logs_{open_logs(std::move(sources), options)}, modes_{logs_.front()->header()}, counts_lines_{logs_.size() == 1 &&
                                                                                                    !options.skip_noise}
{
    accessors_ = std::move(options.accessors);
    for (const auto& log : logs_)
        files_.push_back(log->file());
    if (logs_.size() == 1) return;
    require_equal_headers(logs_);
    events_.resize(logs_.size());
}

bool TraceReader::next_of_several(Event& event)
{
    if (begun_) {
        advance(current_);
    } else {
        for (std::size_t which = 0; which < logs_.size(); ++which) {
            logs_[which]->require_numbers();
            advance(which);
        }
        begun_ = true;
    }
    if (heads_.empty()) return false;
    std::ranges::pop_heap(heads_, std::ranges::greater{}, &Head::seq);
    current_ = heads_.back().log;
    heads_.pop_back();
    order_.accept(logs_, current_);
    event = events_[current_];
    return true;
}

/// Reads what stands at the head of a log.
void TraceReader::advance(std::size_t which)
{
    if (!logs_[which]->next(events_[which])) return order_.end(which);
    heads_.push_back({logs_[which]->facts().seq, which});
    std::ranges::push_heap(heads_, std::ranges::greater{}, &Head::seq);
}

bool TraceReader::skip()
{
    if (logs_.size() == 1) return logs_.front()->skip();
    Event ignored;
    return next_of_several(ignored);
}

std::uint64_t TraceReader::noise() const
{
    std::uint64_t sum = 0;
    for (const auto& log : logs_)
        sum += log->noise();
    return sum;
}

std::uint64_t TraceReader::bytes_read() const
{
    std::uint64_t sum = 0;
    for (const auto& log : logs_)
        sum += log->consumed();
    return sum;
}

void TraceReader::check_mode(const Event& event)
{
    const std::string problem = modes_.apply(event);
    if (problem.empty()) return;
    const LogReader& log = *logs_[current_];
    log.fail(log.facts().subject, fmt::format("{} on cpu {}: {}", describe(event), event.cpu, problem));
}

std::string_view TraceReader::blamed(std::string_view stack) const { return blamed_place(stack, accessors_); }

TraceReader open_trace(const std::string& file)
{
    return TraceReader{open_bytes(file), file == "-" ? "standard input" : file};
}

} // namespace drywalk::trace
