// SPDX-License-Identifier: MIT
#include "sim/output/progress_line.hpp"

#include <fmt/format.h>

#include <utility>

#include <unistd.h>

namespace drywalk::output {

namespace {

constexpr double quiet_seconds = 1; ///< shorter work needs no progress
constexpr std::chrono::seconds between_lines{10};

} // namespace

ProgressLine::ProgressLine(std::string what)
    : ProgressLine{std::move(what), {stderr, ::isatty(STDERR_FILENO) != 0, &Clock::now}}
{
}

ProgressLine::ProgressLine(std::string what, const Surroundings& surroundings)
    : what_{std::move(what)}, surroundings_{surroundings}, start_{surroundings.now()}, next_line_{start_ +
                                                                                                  between_lines}
{
}

ProgressLine::~ProgressLine()
{
    if (!shown_) return;
    std::fputs("\r\033[K", surroundings_.stream);
    std::fflush(surroundings_.stream);
}

double ProgressLine::seconds() const { return std::chrono::duration<double>(surroundings_.now() - start_).count(); }

void ProgressLine::show(std::size_t done, std::size_t all, const std::string& detail)
{
    const Clock::time_point now = surroundings_.now();
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    if (surroundings_.is_terminal ? elapsed < quiet_seconds : now < next_line_) return;
    std::string figures = all == 0 ? fmt::format("{}{}", done, detail) : fmt::format("{}/{}{}", done, all, detail);
    if (all != 0 && done != 0 && done <= all) {
        const double left = elapsed / static_cast<double>(done) * static_cast<double>(all - done);
        figures += fmt::format(", about {:.0f} s left", left);
    }
    if (surroundings_.is_terminal) {
        fmt::print(surroundings_.stream, "\r\033[K{} {}", what_, figures);
        shown_ = true;
    } else {
        fmt::print(surroundings_.stream, "drywalk: {} {}\n", what_, figures);
        next_line_ = now + between_lines;
    }
    std::fflush(surroundings_.stream);
}

} // namespace drywalk::output
