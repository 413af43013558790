// SPDX-License-Identifier: MIT
#include "sim/process/temporary_folder.hpp"

#include "sim/input/complaint.hpp"
#include "sim/process/ending.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace drywalk::process {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void unusable(const fs::path& folder, const std::string& why)
{
    throw InputError{one_line(fmt::format(
        "{}: no temporary files can be made there: {} (set TMPDIR to a folder with room)", folder.string(), why))};
}

[[nodiscard]] std::string reason() { return std::generic_category().message(errno); }

/// Programs that die at the same moment may still make files: looks again for a while.
void remove_repeatedly(const fs::path& folder)
{
    constexpr int most_rounds = 100;
    constexpr std::chrono::milliseconds between{20};
    std::error_code ignored;
    for (int round = 0; round < most_rounds; ++round) {
        fs::remove_all(folder, ignored);
        std::this_thread::sleep_for(between);
        if (!fs::exists(folder, ignored)) return;
    }
}

/// In the guardian: waits until nothing holds the other end of `alive` any more.
[[noreturn]] void guard(const fs::path& folder, int alive)
{
    ::setsid(); // a signal to the terminal's processes is not for it
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE})
        ::signal(signal, SIG_IGN);
    // It holds nothing open that others wait for the end of.
    if (alive != 0) ::close_range(0, static_cast<unsigned>(alive) - 1, 0);
    ::close_range(static_cast<unsigned>(alive) + 1, ~0U, 0);
    char byte = 0;
    while (::read(alive, &byte, 1) < 0 && errno == EINTR) {
    }
    remove_repeatedly(folder);
    ::_exit(0);
}

} // namespace

fs::path temporary_root()
{
    const char* const named = std::getenv("TMPDIR");
    const fs::path given = named == nullptr || *named == '\0' ? "/tmp" : named;
    std::error_code error;
    const bool is_folder = fs::is_directory(given, error);
    if (error) unusable(given, error.message());
    if (!is_folder) unusable(given, std::generic_category().message(ENOTDIR));
    if (::access(given.c_str(), W_OK | X_OK) != 0) unusable(given, reason());
    return fs::absolute(given);
}

TemporaryFolder::TemporaryFolder(const std::string& prefix)
{
    const fs::path root = temporary_root();
    std::string pattern = root / (prefix + "XXXXXX");
    if (::mkdtemp(pattern.data()) == nullptr) unusable(root, reason());
    path_ = pattern;
    start_guardian();
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    if (guardian_ < 0) return;
    ::kill(guardian_, SIGKILL);
    static_cast<void>(reap(guardian_));
    ::close(alive_);
}

/// Without one the folder still goes away where this process ends by itself.
void TemporaryFolder::start_guardian()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    guardian_ = ::fork();
    if (guardian_ == 0) {
        ::close(ends[1]);
        guard(path_, ends[0]);
    }
    ::close(ends[0]);
    alive_ = ends[1];
}

} // namespace drywalk::process
