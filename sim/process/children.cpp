// SPDX-License-Identifier: MIT
#include "sim/process/children.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace drywalk::process {

namespace {

enum class Kind : std::uint8_t { answer, error };

/// Goes ahead of what a child sends, so that an answer that is cut short is seen to be.
struct Envelope {
    Kind kind;
    std::uint64_t bytes;
};

[[noreturn]] void cannot(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

void write_all(int pipe, const void* data, std::size_t bytes)
{
    for (const char* at = static_cast<const char*>(data); bytes != 0;) {
        const ssize_t written = ::write(pipe, at, bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) ::_exit(1);
        at += written;
        bytes -= static_cast<std::size_t>(written);
    }
}

void send(int pipe, Kind kind, std::string_view text)
{
    const Envelope envelope{kind, text.size()};
    write_all(pipe, &envelope, sizeof envelope);
    write_all(pipe, text.data(), text.size());
}

[[noreturn]] void run_child(int pipe, pid_t parent, const Children::Work& work)
{
    if (!die_with(parent, SIGTERM)) ::_exit(1);
    try {
        send(pipe, Kind::answer, work());
    } catch (const std::exception& error) {
        send(pipe, Kind::error, error.what());
    }
    ::_exit(0); // no destructors: what the parent owns is the parent's to destroy
}

/// Takes apart what a child sent; neither answer nor error if it is not whole.
[[nodiscard]] Finished opened(std::size_t job, const std::string& received, const Ending& ending)
{
    Finished finished{.job = job, .answer = {}, .error = {}, .ending = ending};
    Envelope envelope{};
    if (!ending.succeeded() || received.size() < sizeof envelope) return finished;
    std::memcpy(&envelope, received.data(), sizeof envelope);
    if (envelope.bytes != received.size() - sizeof envelope) return finished;
    (envelope.kind == Kind::answer ? finished.answer : finished.error) = received.substr(sizeof envelope);
    return finished;
}

} // namespace

std::string Finished::death() const { return ending.succeeded() ? "ended without a whole answer" : describe(ending); }

Children::~Children()
{
    for (auto& [pipe, child] : running_) {
        ::kill(child.process, SIGTERM); // in time to remove its files
        ::kill(child.process, SIGCONT);
        ::close(pipe);
        static_cast<void>(reap(child.process));
    }
}

pid_t Children::start(std::size_t job, const Work& work)
{
    std::array<int, 2> ends{};
    std::fflush(nullptr); // or the child would hold a copy of what is buffered
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) cannot("cannot make a pipe");
    const pid_t parent = ::getpid();
    const pid_t process = ::fork();
    if (process < 0) {
        const int why = errno;
        ::close(ends[0]);
        ::close(ends[1]);
        errno = why;
        cannot("cannot start a process");
    }
    if (process == 0) {
        ::close(ends[0]);
        run_child(ends[1], parent, work);
    }
    ::close(ends[1]);
    running_[ends[0]] = {process, job, {}};
    return process;
}

std::vector<Finished> Children::wait()
{
    std::vector<pollfd> waiting;
    for (const auto& [pipe, child] : running_)
        waiting.push_back({pipe, POLLIN, 0});
    std::vector<Finished> finished;
    if (::poll(waiting.data(), waiting.size(), -1) < 0) {
        if (errno == EINTR) return finished;
        cannot("cannot wait for a process");
    }
    for (const pollfd& pipe : waiting) {
        if (pipe.revents == 0 || read_some(pipe.fd)) continue;
        const Child child = std::move(running_[pipe.fd]);
        running_.erase(pipe.fd);
        ::close(pipe.fd);
        finished.push_back(opened(child.job, child.received, reap(child.process)));
    }
    return finished;
}

bool Children::read_some(int pipe)
{
    std::array<char, std::size_t{1} << 16> buffer{};
    const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
    if (count > 0) running_[pipe].received.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && errno == EINTR);
}

} // namespace drywalk::process
