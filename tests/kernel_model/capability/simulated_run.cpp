// SPDX-License-Identifier: MIT
#include "tests/kernel_model/capability/simulated_run.hpp"

#include "sim/platform/judge.hpp"
#include "sim/platform/plain_platform.hpp"
#include "tests/kernel_model/capability/comparison.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <iterator>

namespace drywalk::reference {

namespace {

machine::TlbArrayProfile array(std::uint32_t sets, std::uint32_t ways)
{
    return {sets, ways, {true, true, true}, machine::Replacement::lru, machine::SetIndex::linear};
}

/// Keeps nearly everything; one level.
machine::Profile roomy(x86::Vendor vendor)
{
    machine::Profile profile;
    profile.vendor = vendor;
    profile.features.pcids = true;
    profile.l1_data = {array(256, 4)};
    profile.l1_fetch = {array(64, 4)};
    profile.structure_caches = {4, 8, 32};
    profile.memory = {{64, 8, 4}, {}, {}, 100};
    return profile;
}

/// Few entries, a second level that fetches share, replaced at random.
machine::Profile narrow()
{
    machine::Profile profile = roomy(x86::Vendor::intel);
    profile.l1_data = {array(2, 2)};
    profile.l1_fetch = {array(1, 2)};
    profile.l2_data = {array(16, 4)};
    profile.l2_data.front().replacement = machine::Replacement::random;
    profile.structure_caches = {1, 2, 2};
    return profile;
}

/// Two emulators in one: page faults drop nothing, an entry grants only what filled it, there are no PCIDs.
machine::Profile emulator()
{
    machine::Profile profile = roomy(x86::Vendor::intel);
    profile.features.pcids = false;
    profile.structure_caches = {};
    profile.behaviour = {.grants_only_filling_access = true,
                         .fragments_large_pages = true,
                         .page_fault_invalidates = false,
                         .control_changes_drop_everything = true};
    return profile;
}

std::string describe(const platform::JudgedAccess& judged)
{
    return fmt::format("judged: verdict {} at {:#x}, established by {}, broken by {}\n",
                       static_cast<unsigned>(judged.verdict), judged.linear.value(), shown(judged.established_at),
                       shown(judged.broken_at));
}

Checked compare(const machine::Profile& profile, const Sketch& sketch, platform::CpuOptions options)
{
    Checked checked;
    try {
        checked.observations = simulate(profile, sketch, std::move(options));
        const auto difference = first_difference(expected_observations(sketch.bytes()), checked.observations);
        checked.problem = difference.value_or("");
    } catch (const std::exception& error) {
        checked.problem = fmt::format("the run ended with an exception: {}\n", error.what());
    }
    return checked;
}

} // namespace

const std::vector<NamedProfile>& test_profiles()
{
    static const std::vector<NamedProfile> profiles{{"roomy", roomy(x86::Vendor::intel)},
                                                    {"narrow", narrow()},
                                                    {"translation-cache extension", roomy(x86::Vendor::amd_tce)},
                                                    {"emulator", emulator()}};
    return profiles;
}

std::vector<kernel::Observation> simulate(const machine::Profile& profile, const Sketch& sketch,
                                          platform::CpuOptions options)
{
    options.record_observations = true;
    const platform::RunResult result = run_plain(profile, {}, sketch.bytes(), options);
    std::vector<kernel::Observation> observations;
    std::ranges::transform(result.observations, std::back_inserter(observations),
                           &platform::RecordedObservation::observation);
    return observations;
}

Checked check(const machine::Profile& profile, const Sketch& sketch) { return compare(profile, sketch, {}); }

Checked check_judged(const machine::Profile& profile, const Sketch& sketch)
{
    platform::Judge judge{{.adversary = platform::Adversary::wherever}};
    platform::CpuOptions options;
    options.observers = {&judge};
    Checked checked = compare(profile, sketch, std::move(options));
    for (const platform::JudgedAccess& judged : judge.summary().judged)
        if (is_violation(judged.verdict)) checked.problem += describe(judged);
    return checked;
}

} // namespace drywalk::reference
