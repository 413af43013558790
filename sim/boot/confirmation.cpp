// SPDX-License-Identifier: MIT
#include "sim/boot/confirmation.hpp"

#include "sim/scenario/policy_names.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace drywalk::study {

namespace {

std::vector<kernel::Observation> observations_of(const platform::Outcome& outcome, kernel::Discipline discipline)
{
    if (!outcome.result) {
        throw std::runtime_error(
            fmt::format("the prediction for discipline {} {}", scenario::discipline_name(discipline), outcome.death));
    }
    std::vector<kernel::Observation> observations;
    for (const platform::RecordedObservation& recorded : outcome.result->observations) {
        observations.push_back(recorded.observation);
    }
    return observations;
}

} // namespace

std::vector<Predictions> predict(const scenario::Scenario& scenario, const std::vector<kernel::Discipline>& disciplines,
                                 const machine::Machine& predicting, const machine::Machine& reference,
                                 const platform::KernelCosts& costs)
{
    platform::PlatformOptions options;
    options.cpu.record_observations = true;
    std::vector<Predictions> all;
    std::vector<platform::Job> jobs;
    for (const kernel::Discipline discipline : disciplines) {
        all.push_back({discipline, compile_program(scenario, discipline), {}});
        jobs.push_back({&predicting.profile, &costs, all.back().program, options});
        jobs.push_back({&reference.profile, &costs, all.back().program, options});
    }
    const std::vector<platform::Outcome> outcomes = run_isolated(jobs);
    for (std::size_t index = 0; index < all.size(); ++index) {
        all[index].observations = boot::predict(observations_of(outcomes[2 * index], disciplines[index]),
                                                observations_of(outcomes[2 * index + 1], disciplines[index]));
    }
    return all;
}

Confirmation confirm(const Predictions& predictions, const boot::MachineRequest& request)
{
    const boot::MachineResult machine = run_on(request);
    Confirmation confirmation{predictions.discipline, request.target,  machine.status,
                              machine.message,        machine.seconds, {}};
    if (machine.status == boot::MachineStatus::completed) {
        confirmation.comparison = compare(predictions.observations, machine.log.observations);
    }
    return confirmation;
}

} // namespace drywalk::study
