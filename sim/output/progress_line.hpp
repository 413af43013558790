// SPDX-License-Identifier: MIT
// Progress of long work, for people at a terminal and in the logs of batch jobs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

namespace drywalk::output {

/// On a terminal one line on standard error, rewritten as work gets done, once it has taken a second, and erased at the
/// end. Elsewhere a line of its own every ten seconds.
class ProgressLine {
public:
    using Clock = std::chrono::steady_clock;

    /// Where the progress goes, and what time it is.
    struct Surroundings {
        std::FILE* stream;
        bool is_terminal;
        Clock::time_point (*now)();
    };

    explicit ProgressLine(std::string what);
    ProgressLine(std::string what, const Surroundings& surroundings);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `all` is 0 if it is not known; `detail` follows the figures.
    void show(std::size_t done, std::size_t all, const std::string& detail = {});
    [[nodiscard]] double seconds() const;

private:
    std::string what_;
    Surroundings surroundings_;
    bool shown_ = false; ///< something stands on the terminal's line
    Clock::time_point start_;
    Clock::time_point next_line_; ///< where there is no terminal
};

} // namespace drywalk::output
