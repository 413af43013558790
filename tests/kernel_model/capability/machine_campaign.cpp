// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/machine_campaign.hpp"

#include "tests/kernel_model/capability/comparison.hpp"
#include "tests/kernel_model/capability/random_programs.hpp"

#include <fmt/format.h>

namespace drywalk::reference {

namespace {

/// What went wrong; empty if nothing did.
std::string boot_one(const MachineCampaign& campaign, const std::vector<std::byte>& program,
                     MachineCampaignResult& result)
{
    const boot::MachineResult machine =
        boot::run_on({.target = campaign.target, .kernel = campaign.kernel, .program = program});
    result.seconds += machine.seconds;
    if (machine.status != boot::MachineStatus::completed) return machine.message;
    const auto expected = expected_observations(program);
    result.observations += expected.size();
    return first_difference(expected, machine.log.observations).value_or("");
}

} // namespace

MachineCampaignResult run_campaign(const MachineCampaign& campaign,
                                   const std::function<void(const MachineCampaignResult&)>& progress)
{
    MachineCampaignResult result;
    for (std::uint64_t number = 0; number < campaign.count; ++number) {
        const Sketch sketch = random_program(campaign.first + number);
        ++result.programs;
        result.operations += sketch.operations.size();
        const std::string problem = boot_one(campaign, sketch.bytes(), result);
        if (!problem.empty() && result.failures++ == 0)
            result.first_failure = fmt::format("on {}\n{}{}", target_name(campaign.target), describe(sketch), problem);
        if (progress) progress(result);
    }
    return result;
}

} // namespace drywalk::reference
