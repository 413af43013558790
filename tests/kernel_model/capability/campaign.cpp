// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/campaign.hpp"

#include "tests/kernel_model/capability/comparison.hpp"
#include "tests/kernel_model/capability/minimise.hpp"
#include "tests/kernel_model/capability/random_programs.hpp"
#include "tests/kernel_model/capability/simulated_run.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>

namespace drywalk::reference {

using kernel::Observation;
using kernel::ObservationKind;

namespace {

/// For the signal handler: the program that runs.
volatile std::sig_atomic_t running_seed = 0;

/// A broken invariant of the kernel ends the process; it must not take the seed along.
void name_seed(int) { std::fprintf(stderr, "while seed %ld ran\n", static_cast<long>(running_seed)); }

std::string explain(const NamedProfile& machine, const Sketch& sketch, Check repeat)
{
    const auto fails = [&](const Sketch& smaller) { return !repeat(machine.profile, smaller).problem.empty(); };
    const Sketch small = minimised(sketch, fails);
    return fmt::format("on the profile \"{}\", minimised:\n{}{}\nas it was:\n{}", machine.name, describe(small),
                       repeat(machine.profile, small).problem, repeat(machine.profile, sketch).problem);
}

void tally(const std::vector<Observation>& observations, CampaignResult& result)
{
    for (const Observation& each : observations) {
        if (each.kind == ObservationKind::counter) result.counters.at(each.code) += each.b;
        if (has_meaning(each.kind)) ++result.observations.at(static_cast<std::size_t>(each.kind));
        if (each.kind == ObservationKind::state && each.code != 0) ++result.published;
    }
}

void run_one(const Sketch& sketch, bool judged, CampaignResult& result)
{
    const NamedProfile& machine = test_profiles()[sketch.seed % test_profiles().size()];
    running_seed = static_cast<std::sig_atomic_t>(sketch.seed);
    ++result.programs;
    result.operations += sketch.operations.size();
    const Checked checked = check(machine.profile, sketch);
    tally(checked.observations, result);
    if (!checked.problem.empty()) result.failure = explain(machine, sketch, check);
    if (!judged || !result.failure.empty()) return;
    ++result.judged;
    if (!check_judged(machine.profile, sketch).problem.empty()) result.failure = explain(machine, sketch, check_judged);
}

} // namespace

CampaignResult run_campaign(const Campaign& campaign, const std::function<void(const CampaignResult&)>& progress)
{
    CampaignResult result;
    std::signal(SIGABRT, name_seed);
    for (std::uint64_t number = 0; number < campaign.count && result.failure.empty(); ++number) {
        run_one(random_program(campaign.first + number), number % campaign.judged_every == 0, result);
        if (progress) progress(result);
    }
    std::signal(SIGABRT, SIG_DFL);
    return result;
}

} // namespace drywalk::reference
