// SPDX-License-Identifier: MIT
#include "sim/platform/isolated.hpp"

#include <cstdio>
#include <cstring>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace drywalk::platform {

namespace {

/// The part of a result that has a fixed size, as it goes through the pipe.
struct Message {
    kernel::Refusal refusal;
    std::uint64_t total_cycles;
    std::uint64_t setup_cycles;
    machine::Ledger ledger;
    machine::Ledger setup_ledger;
    Counts counts;
    std::uint64_t observations;
    bool judged;
    std::uint64_t events;
    std::uint64_t judged_accesses;
    std::array<std::uint64_t, oracle::verdict_count> verdicts;
    std::uint64_t overridden;
    bool release_replayed;
    std::uint64_t causes;
    std::uint64_t redundant;
    std::uint64_t host_returns;
};
static_assert(std::is_trivially_copyable_v<Message> && std::is_trivially_copyable_v<RecordedObservation> &&
              std::is_trivially_copyable_v<JudgedAccess> && std::is_trivially_copyable_v<RedundantInvalidation>);

constexpr char success = 'r';
constexpr char failure = 'e';

void write_all(int pipe, const void* data, std::size_t bytes)
{
    for (const char* at = static_cast<const char*>(data); bytes != 0;) {
        const ssize_t written = ::write(pipe, at, bytes);
        if (written <= 0) ::_exit(1);
        at += written;
        bytes -= static_cast<std::size_t>(written);
    }
}

template <typename Element>
void write_all(int pipe, const std::vector<Element>& elements)
{
    write_all(pipe, elements.data(), elements.size() * sizeof(Element));
}

void send(int pipe, const RunResult& result)
{
    const JudgeSummary judge = result.judge.value_or(JudgeSummary{});
    const Message message{result.refusal,
                          result.total_cycles,
                          result.setup_cycles,
                          result.ledger,
                          result.setup_ledger,
                          result.counts,
                          result.observations.size(),
                          result.judge.has_value(),
                          judge.events,
                          judge.accesses,
                          judge.verdicts,
                          judge.overridden,
                          judge.release_replayed,
                          judge.judged.size(),
                          judge.redundant_invalidations.size(),
                          result.host_returns.size()};
    write_all(pipe, &success, 1);
    write_all(pipe, &message, sizeof message);
    write_all(pipe, result.observations);
    write_all(pipe, judge.judged);
    write_all(pipe, judge.redundant_invalidations);
    write_all(pipe, result.host_returns);
}

/// Takes elements off the front of `bytes`.
template <typename Element>
std::vector<Element> take(std::string_view& bytes, std::uint64_t count)
{
    std::vector<Element> elements(count);
    if (count != 0) std::memcpy(elements.data(), bytes.data(), count * sizeof(Element));
    bytes.remove_prefix(count * sizeof(Element));
    return elements;
}

RunResult receive(std::string_view bytes)
{
    bytes.remove_prefix(1);
    const Message message = take<Message>(bytes, 1).front();
    RunResult result{message.refusal,
                     message.total_cycles,
                     message.setup_cycles,
                     message.ledger,
                     message.setup_ledger,
                     message.counts,
                     {},
                     {},
                     {}};
    result.observations = take<RecordedObservation>(bytes, message.observations);
    auto judged = take<JudgedAccess>(bytes, message.causes);
    auto redundant = take<RedundantInvalidation>(bytes, message.redundant);
    result.host_returns = take<std::uint64_t>(bytes, message.host_returns);
    if (message.judged) {
        result.judge =
            JudgeSummary{message.events,       message.judged_accesses, message.verdicts,        std::move(judged),
                         std::move(redundant), message.overridden,      message.release_replayed};
    }
    return result;
}

[[noreturn]] void run_child(int pipe, const Job& job)
{
    try {
        send(pipe, run_systemc(*job.profile, *job.costs, job.program, job.options));
    } catch (const std::bad_alloc&) {
        constexpr std::string_view what = "not enough memory for a simulation (legal: fewer repetitions or pages, less "
                                          "memory_bytes, or --oracle off)";
        write_all(pipe, &failure, 1);
        write_all(pipe, what.data(), what.size());
    } catch (const std::exception& error) {
        write_all(pipe, &failure, 1);
        write_all(pipe, error.what(), std::strlen(error.what()));
    }
    ::_exit(0); // no destructors: SystemC's own order of destruction is not ours to meet twice
}

/// A child process and what it has written so far.
struct Child {
    pid_t process = -1;
    std::size_t job = 0;
    std::string received;
};

class Children {
public:
    Children() = default;
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    ~Children()
    {
        for (auto& [pipe, child] : running_) {
            ::kill(child.process, SIGKILL);
            ::waitpid(child.process, nullptr, 0);
            ::close(pipe);
        }
    }

    [[nodiscard]] std::size_t count() const { return running_.size(); }

    void start(std::size_t index, const Job& job)
    {
        int ends[2];
        std::fflush(nullptr);
        if (::pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
        const pid_t process = ::fork();
        if (process < 0) throw std::runtime_error("cannot start a process for a simulation");
        if (process == 0) {
            ::close(ends[0]);
            run_child(ends[1], job);
        }
        ::close(ends[1]);
        running_[ends[0]] = {process, index, {}};
    }

    /// Reads from whoever has something to say; returns a child that has finished, if one has.
    [[nodiscard]] std::vector<Child> wait()
    {
        std::vector<pollfd> waiting;
        for (const auto& [pipe, child] : running_)
            waiting.push_back({pipe, POLLIN, 0});
        ::poll(waiting.data(), waiting.size(), -1);
        std::vector<Child> finished;
        for (const pollfd& pipe : waiting) {
            if (pipe.revents == 0 || read_some(pipe.fd)) continue;
            ::close(pipe.fd);
            ::waitpid(running_[pipe.fd].process, nullptr, 0);
            finished.push_back(std::move(running_[pipe.fd]));
            running_.erase(pipe.fd);
        }
        return finished;
    }

private:
    [[nodiscard]] bool read_some(int pipe)
    {
        char buffer[1 << 16];
        const ssize_t count = ::read(pipe, buffer, sizeof buffer);
        if (count > 0) running_[pipe].received.append(buffer, static_cast<std::size_t>(count));
        return count > 0;
    }

    std::map<int, Child> running_; ///< by the read end of the child's pipe
};

RunResult result_of(const Child& child)
{
    const std::string& bytes = child.received;
    if (!bytes.empty() && bytes[0] == failure) throw std::runtime_error(bytes.substr(1));
    if (bytes.size() < 1 + sizeof(Message)) throw std::runtime_error("a simulation process died without a result");
    return receive(bytes);
}

} // namespace

std::vector<RunResult> run_isolated(std::vector<Job> jobs, const Progress& progress)
{
    const std::size_t at_once = std::max(1U, std::thread::hardware_concurrency());
    std::vector<RunResult> results(jobs.size());
    Children children;
    std::size_t next = 0;
    for (std::size_t done = 0; done < jobs.size();) {
        while (next < jobs.size() && children.count() < at_once) {
            children.start(next, jobs[next]);
            ++next;
        }
        for (const Child& child : children.wait()) {
            results[child.job] = result_of(child);
            if (progress)
                progress(++done, jobs.size());
            else
                ++done;
        }
    }
    return results;
}

} // namespace drywalk::platform
