// SPDX-License-Identifier: MIT
// Control-C as a request to end well.
#pragma once

#include <atomic>

#include <csignal>

namespace drywalk::cli {

/// While one lives, SIGINT, SIGTERM and, unless it is ignored, SIGHUP set a flag and interrupt a read that waits. One
/// at a time.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    [[nodiscard]] static const std::atomic<bool>& requested();

private:
    struct sigaction before_interrupt_ {};
    struct sigaction before_terminate_ {};
    struct sigaction before_hangup_ {};
};

} // namespace drywalk::cli
