// SPDX-License-Identifier: MIT
#include "sim/platform/isolated.hpp"

#include "sim/platform/transport.hpp"
#include "sim/process/children.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

namespace drywalk::platform {

namespace {

/// In the child: the answer to a job.
std::string answer_to(const Job& job)
{
    try {
        return packed(run_systemc(*job.profile, *job.costs, job.program, job.options));
    } catch (const std::bad_alloc&) {
        throw std::runtime_error("not enough memory for a simulation (legal: fewer repetitions or pages, less "
                                 "memory_bytes, or --oracle off)");
    }
}

Outcome outcome_of(const process::Finished& finished)
{
    if (finished.error) throw std::runtime_error(*finished.error);
    if (!finished.answer) return {.result = {}, .death = finished.death()};
    return {.result = unpacked(*finished.answer), .death = {}};
}

} // namespace

std::vector<Outcome> run_isolated(const std::vector<Job>& jobs, const Progress& progress)
{
    const std::size_t at_once = std::max(1U, std::thread::hardware_concurrency());
    std::vector<Outcome> outcomes(jobs.size());
    process::Children children;
    std::size_t next = 0;
    for (std::size_t done = 0; done < jobs.size();) {
        for (; next < jobs.size() && children.count() < at_once; ++next) {
            const Job& job = jobs[next];
            children.start(next, [&] { return answer_to(job); });
        }
        for (const process::Finished& finished : children.wait()) {
            outcomes[finished.job] = outcome_of(finished);
            ++done;
            if (progress) progress(done, jobs.size());
        }
    }
    return outcomes;
}

} // namespace drywalk::platform
