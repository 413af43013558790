// SPDX-License-Identifier: MIT
#include "sim/platform/waveform.hpp"

#include <fmt/format.h>

#include <iterator>

namespace drywalk::platform {

namespace {

constexpr std::size_t block = std::size_t{64} * 1024;

/// The short name of a signal in the file.
[[nodiscard]] char identifier(std::size_t signal) { return static_cast<char>('a' + signal); }

} // namespace

Waveform::Waveform(output::AtomicFile& file)
    : file_{file}, text_{"$version\n     drywalk\n$end\n\n$timescale\n     1 ns\n$end\n\n$scope module cpu $end\n"}
{
    for (std::size_t signal = 0; signal < signals.size(); ++signal) {
        fmt::format_to(std::back_inserter(text_), "$var wire {:>4} {} {} $end\n", signals[signal].bits,
                       identifier(signal), signals[signal].name);
    }
    text_ += "$upscope $end\n$enddefinitions $end\n\n";
}

void Waveform::sample(std::uint64_t cycle, const Values& values)
{
    if (cycle != cycle_) emit_pending();
    cycle_ = cycle;
    pending_ = values;
}

void Waveform::finish()
{
    emit_pending();
    file_.write(text_);
    text_.clear();
}

/// All values at first, then those that differ from what the file says already.
void Waveform::emit_pending()
{
    if (emitted_ == pending_) return;
    fmt::format_to(std::back_inserter(text_), "#{}\n{}", cycle_, emitted_ ? "" : "$dumpvars\n");
    for (std::size_t signal = 0; signal < signals.size(); ++signal) {
        if (!emitted_ || (*emitted_)[signal] != pending_[signal]) emit_value(signal, pending_[signal]);
    }
    if (!emitted_) text_ += "$end\n";
    emitted_ = pending_;
    if (text_.size() < block) return;
    file_.write(text_);
    text_.clear();
}

void Waveform::emit_value(std::size_t signal, std::uint64_t value)
{
    if (signals[signal].bits == 1)
        fmt::format_to(std::back_inserter(text_), "{}{}\n", value & 1, identifier(signal));
    else
        fmt::format_to(std::back_inserter(text_), "b{:b} {}\n", value, identifier(signal));
}

} // namespace drywalk::platform
