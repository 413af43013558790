// SPDX-License-Identifier: MIT
// Progress of long work, for people at a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace drywalk::output {

/// One line on standard error, rewritten as work gets done: only on a terminal, and only once it has taken a second.
class ProgressLine {
public:
    explicit ProgressLine(std::string what);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `all` is 0 if it is not known; `detail` follows the figures.
    void show(std::size_t done, std::size_t all, const std::string& detail = {});
    [[nodiscard]] double seconds() const;

private:
    std::string what_;
    bool terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point start_;
};

} // namespace drywalk::output
