// SPDX-License-Identifier: MIT
#include "sim/output/progress_line.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include <unistd.h>

namespace drywalk::output {

ProgressLine::ProgressLine(std::string what)
    : what_{std::move(what)}, terminal_{::isatty(STDERR_FILENO) != 0}, start_{std::chrono::steady_clock::now()}
{
}

ProgressLine::~ProgressLine()
{
    if (shown_) std::fputs("\r\033[K", stderr);
}

double ProgressLine::seconds() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ProgressLine::show(std::size_t done, std::size_t all, const std::string& detail)
{
    const double elapsed = seconds();
    if (!terminal_ || elapsed < 1) return;
    const double left = done == 0 ? 0 : elapsed / static_cast<double>(done) * static_cast<double>(all - done);
    const std::string figures = all == 0 ? fmt::format("{}{}", done, detail)
                                         : fmt::format("{}/{}{}, about {:.0f} s left", done, all, detail, left);
    fmt::print(stderr, "\r\033[K{} {}", what_, figures);
    std::fflush(stderr);
    shown_ = true;
}

} // namespace drywalk::output
