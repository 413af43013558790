// SPDX-License-Identifier: MIT
#include "sim/cli/interruption.hpp"

namespace drywalk::cli {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

extern "C" void note_interruption(int /*signal*/) { interrupted = true; }

} // namespace

Interruption::Interruption()
{
    interrupted = false;
    struct sigaction action {};
    action.sa_handler = note_interruption; // without SA_RESTART: a read that waits comes back
    sigaction(SIGINT, &action, &before_interrupt_);
    sigaction(SIGTERM, &action, &before_terminate_);
    sigaction(SIGHUP, &action, &before_hangup_);
    if (before_hangup_.sa_handler == SIG_IGN) sigaction(SIGHUP, &before_hangup_, nullptr); // nohup
}

Interruption::~Interruption()
{
    sigaction(SIGINT, &before_interrupt_, nullptr);
    sigaction(SIGTERM, &before_terminate_, nullptr);
    sigaction(SIGHUP, &before_hangup_, nullptr);
}

const std::atomic<bool>& Interruption::requested() { return interrupted; }

} // namespace drywalk::cli
