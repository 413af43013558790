// SPDX-License-Identifier: MIT
#include "sim/process/ending.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace drywalk::process {

std::string describe(const Ending& ending)
{
    if (ending.signal == 0) return fmt::format("ended with exit status {}", ending.status);
    return fmt::format("died by signal {} ({})", ending.signal, ::strsignal(ending.signal));
}

Ending reap(pid_t child)
{
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return {.status = -1};
    }
    if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
    return {.status = WEXITSTATUS(status)};
}

bool die_with(pid_t parent, int signal)
{
    // A caller may have inherited a disposition or a mask that would let the signal pass.
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    if (now.sa_handler == SIG_IGN) ::signal(signal, SIG_DFL);
    sigset_t just_this;
    sigemptyset(&just_this);
    sigaddset(&just_this, signal);
    ::sigprocmask(SIG_UNBLOCK, &just_this, nullptr);
    return ::prctl(PR_SET_PDEATHSIG, signal) == 0 && ::getppid() == parent;
}

} // namespace drywalk::process
