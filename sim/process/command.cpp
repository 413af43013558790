// SPDX-License-Identifier: MIT
// Running another program with a time limit.

#include "sim/process/command.hpp"

#include "sim/process/ending.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace drywalk::process {

namespace {

constexpr std::size_t output_tail_bytes = 2048;
constexpr int not_started = 127;
constexpr const char* output_file = "process-output.txt";

using Clock = std::chrono::steady_clock;

/// In the child, between fork and exec: only system calls.
[[noreturn]] void become(char* const* words, char* const* environment, const char* directory, pid_t parent)
{
    ::setpgid(0, 0);
    ::signal(SIGXFSZ, SIG_DFL); // this process may ignore it, which would be inherited
    if (!die_with(parent, SIGKILL) || ::chdir(directory) != 0) ::_exit(not_started);
    const int input = ::open("/dev/null", O_RDONLY);
    const int output = ::open(output_file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (input < 0 || output < 0) ::_exit(not_started);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execvpe(words[0], words, environment);
    ::_exit(not_started);
}

/// True if `child` ended within `limit`. The child is not reaped, so its process group is still its own.
[[nodiscard]] bool wait_for(pid_t child, std::chrono::milliseconds limit)
{
    constexpr std::chrono::milliseconds interval{2};
    const auto deadline = Clock::now() + limit;
    while (Clock::now() < deadline) {
        siginfo_t state{};
        const int error = ::waitid(P_PID, static_cast<id_t>(child), &state, WEXITED | WNOHANG | WNOWAIT);
        if (error == 0 && state.si_pid == child) return true;
        std::this_thread::sleep_for(interval);
    }
    return false;
}

[[nodiscard]] std::string read_tail(const std::filesystem::path& file)
{
    std::ifstream stream{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{stream}, {}};
    if (text.size() > output_tail_bytes) text.erase(0, text.size() - output_tail_bytes);
    return text;
}

[[nodiscard]] std::vector<char*> pointers_to(std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// This process's environment with `changes`, each of which replaces the variable of its name.
[[nodiscard]] std::vector<std::string> environment_with(const std::vector<std::string>& changes)
{
    std::vector<std::string> all = changes;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view kept{*entry};
        const std::string_view name = kept.substr(0, kept.find('=') + 1);
        const bool changed = std::ranges::any_of(
            changes, [name](const std::string& change) { return std::string_view{change}.starts_with(name); });
        if (!changed) all.emplace_back(kept);
    }
    return all;
}

} // namespace

Exit run_process(const Command& command)
{
    std::vector<std::string> words = command.words;
    std::vector<std::string> environment = environment_with(command.environment);
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> variables = pointers_to(environment);

    Exit result;
    const auto began = Clock::now();
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return result;
    if (child == 0) become(arguments.data(), variables.data(), command.directory.c_str(), parent);
    ::setpgid(child, child);

    result.timed_out = !wait_for(child, command.time_limit);
    // Also after a normal end: nothing that it started may outlive it.
    ::kill(-child, SIGKILL);
    const Ending ending = reap(child);
    result.status = ending.signal == 0 ? ending.status : 128 + ending.signal;
    result.started = result.status != not_started;
    result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    result.output = read_tail(command.directory / output_file);
    return result;
}

std::optional<std::filesystem::path> find_program(std::string_view program)
{
    const char* path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const auto end = rest.find(':');
        const auto candidate = std::filesystem::path{rest.substr(0, end)} / program;
        if (::access(candidate.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(candidate)) return candidate;
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    return std::nullopt;
}

} // namespace drywalk::process
