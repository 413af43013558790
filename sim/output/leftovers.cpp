// SPDX-License-Identifier: MIT
#include "sim/output/leftovers.hpp"

#include <array>
#include <atomic>
#include <climits>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace drywalk::output {

namespace {

constexpr int slot_count = 64;

/// What a signal handler can read: no allocation, and complete before `owner` says so.
struct Slot {
    std::atomic<pid_t> owner{0}; ///< the process whose death removes it; 0: free
    Leftover::Kind kind = Leftover::Kind::file;
    std::array<char, PATH_MAX> path{};
};
static_assert(std::atomic<pid_t>::is_always_lock_free, "a signal handler reads it");

std::array<Slot, slot_count> slots;

[[nodiscard]] int take_slot(Leftover::Kind kind, const std::string& path)
{
    if (path.size() >= PATH_MAX) return -1;
    for (int index = 0; index < slot_count; ++index) {
        Slot& slot = slots[static_cast<std::size_t>(index)];
        if (slot.owner != 0) continue;
        slot.kind = kind;
        std::memcpy(slot.path.data(), path.c_str(), path.size() + 1);
        slot.owner = ::getpid();
        return index;
    }
    return -1;
}

/// Files first; a folder goes once those inside it are gone. Async-signal-safe.
void remove_all()
{
    const pid_t own = ::getpid();
    for (Slot& slot : slots) {
        if (slot.owner == own && slot.kind == Leftover::Kind::file) ::unlink(slot.path.data());
    }
    for (int round = 0; round < slot_count; ++round) {
        bool removed = false;
        for (Slot& slot : slots) {
            if (slot.owner == own && slot.kind == Leftover::Kind::folder && ::rmdir(slot.path.data()) == 0)
                removed = true;
        }
        if (!removed) return;
    }
}

extern "C" void end_by_signal(int signal)
{
    remove_all();
    ::signal(signal, SIG_DFL);
    ::raise(signal); // held back until this handler returns
}

} // namespace

void remove_leftovers_on_signals()
{
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU}) {
        struct sigaction action {};
        ::sigaction(signal, nullptr, &action);
        if (action.sa_handler == SIG_IGN) continue; // nohup, or a shell's background job
        action = {};
        action.sa_handler = end_by_signal;
        ::sigaction(signal, &action, nullptr);
    }
    ::signal(SIGXFSZ, SIG_IGN);
}

SignalsHeld::SignalsHeld()
{
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before_);
}

SignalsHeld::~SignalsHeld() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

Leftover::Leftover(Kind kind, std::filesystem::path path)
    : kind_{kind}, path_{std::filesystem::absolute(path)}, slot_{take_slot(kind_, path_.string())}
{
}

Leftover::Leftover(Leftover&& other) noexcept
    : kind_{other.kind_}, path_{std::exchange(other.path_, {})}, slot_{std::exchange(other.slot_, -1)}
{
}

Leftover::~Leftover()
{
    if (!path_.empty() && kind_ == Kind::file) ::unlink(path_.c_str());
    if (!path_.empty() && kind_ == Kind::folder) ::rmdir(path_.c_str()); // unless something is in it
    keep();
}

void Leftover::keep()
{
    path_.clear();
    if (slot_ >= 0) slots[static_cast<std::size_t>(std::exchange(slot_, -1))].owner = 0;
}

void Leftover::adopt()
{
    if (slot_ >= 0) slots[static_cast<std::size_t>(slot_)].owner = ::getpid();
}

} // namespace drywalk::output
