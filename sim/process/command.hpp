// SPDX-License-Identifier: MIT
// Running another program with a time limit.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drywalk::process {

struct Command {
    std::vector<std::string> words; ///< the program, looked up in PATH, and its arguments
    std::filesystem::path directory;
    std::chrono::milliseconds time_limit{60'000};
    std::vector<std::string> environment{}; ///< "NAME=VALUE", on top of this process's
};

struct Exit {
    bool started = false;
    bool timed_out = false;
    int status = -1;    ///< exit status, or 128 + the signal that ended it
    std::string output; ///< the tail of standard output and standard error
    double seconds = 0;
};

/// Runs `command` to its end, standard input empty, in a process group of its own that dies with this process's
/// thread; at the time limit the whole group is killed.
[[nodiscard]] Exit run_process(const Command& command);

/// Where `program` is in PATH, if anywhere.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string_view program);

} // namespace drywalk::process
