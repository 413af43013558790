// SPDX-License-Identifier: MIT
// Files and folders that must not stay if the work that makes them does not end well: also not if a signal ends it.
#pragma once

#include <filesystem>

#include <csignal>

namespace drywalk::output {

/// Removes all leftovers of this process, then lets the signal have its usual effect, from now on, for SIGHUP, SIGINT,
/// SIGQUIT, SIGTERM, SIGPIPE and SIGXCPU, where they are not ignored. SIGXFSZ is ignored: the write that meets the
/// limit fails instead. Call it once, before anything is written.
void remove_leftovers_on_signals();

/// Holds signals back while one lives: a file and its entry among the leftovers come into being together.
class SignalsHeld {
public:
    SignalsHeld();
    ~SignalsHeld();
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t before_{};
};

/// One such file or folder. It goes away with this object, unless it is kept.
class Leftover {
public:
    enum class Kind { file, folder };

    Leftover(Kind kind, std::filesystem::path path);
    Leftover(Leftover&& other) noexcept;
    ~Leftover();
    Leftover(const Leftover&) = delete;
    Leftover& operator=(const Leftover&) = delete;
    Leftover& operator=(Leftover&&) = delete;

    /// It stays from now on.
    void keep();
    /// In a forked child: the child's death by a signal removes it, too.
    void adopt();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    Kind kind_;
    std::filesystem::path path_; ///< empty: kept, or moved away
    int slot_ = -1;              ///< among those that signals remove; -1: there was no room
};

} // namespace drywalk::output
