// SPDX-License-Identifier: MIT
// Forked copies of this process, each of which computes one answer and sends it through a pipe.
#pragma once

#include "sim/process/ending.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::process {

/// What a child left: an answer, the message of an exception, or neither.
struct Finished {
    std::size_t job = 0;
    std::optional<std::string> answer; ///< whole; only if the child ended well
    std::optional<std::string> error;  ///< what() of the exception that `work` threw
    Ending ending;                     ///< why there is neither

    /// How the child ended without an answer, in words: "died by signal 9 (Killed)".
    [[nodiscard]] std::string death() const;
};

/// The children that run. They die with this process: by SIGTERM, so that they can remove their files.
class Children {
public:
    using Work = std::function<std::string()>;

    Children() = default;
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    /// Kills those that still run.
    ~Children();

    [[nodiscard]] std::size_t count() const { return running_.size(); }

    /// Starts a child that sends what `work` returns. `job` is given back with its end. Throws std::system_error.
    pid_t start(std::size_t job, const Work& work);
    /// Waits until something is heard of a child; returns those that ended.
    [[nodiscard]] std::vector<Finished> wait();

private:
    struct Child {
        pid_t process = -1;
        std::size_t job = 0;
        std::string received;
    };

    [[nodiscard]] bool read_some(int pipe);

    std::map<int, Child> running_; ///< by the read end of the child's pipe
};

} // namespace drywalk::process
