// SPDX-License-Identifier: MIT
// How a child process ended, and that it does not outlive its parent.
#pragma once

#include <string>

#include <sys/types.h>

namespace drywalk::process {

struct Ending {
    int status = 0; ///< exit status, unless a signal ended it
    int signal = 0; ///< the signal that ended it, or 0

    [[nodiscard]] bool succeeded() const { return status == 0 && signal == 0; }
};

/// "died by signal 9 (Killed)", "ended with exit status 3".
[[nodiscard]] std::string describe(const Ending& ending);

/// Waits for the end of `child`, which no other call has waited for.
[[nodiscard]] Ending reap(pid_t child);

/// For a child after fork(): the kernel sends it `signal` when `parent` ends. False if that has happened already. Makes
/// system calls only.
[[nodiscard]] bool die_with(pid_t parent, int signal);

} // namespace drywalk::process
