// SPDX-License-Identifier: MIT
// What leaves the program: whole files or none, and progress for whoever watches.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace drywalk::cli {

struct OutputFile {
    std::filesystem::path path;
    std::string text;
};

/// Writes each text to a temporary file beside its path, then renames them all; missing folders are made. Throws
/// InputError, and then no path has changed.
void write_whole(const std::vector<OutputFile>& files);
void write_whole(const std::filesystem::path& file, const std::string& text);

/// One line on standard error, rewritten as work gets done: only on a terminal, and only once it has taken a second.
class ProgressLine {
public:
    explicit ProgressLine(std::string what);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `all` is 0 if nobody knows it; `detail` follows the figures.
    void show(std::size_t done, std::size_t all, const std::string& detail = {});
    [[nodiscard]] double seconds() const;

private:
    std::string what_;
    bool terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point start_;
};

} // namespace drywalk::cli
