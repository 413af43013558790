// SPDX-License-Identifier: MIT
#include "sim/scenario/check/check.hpp"

#include "sim/input/schema_violation.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/pair_rate.hpp"
#include "sim/scenario/policy_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::scenario {

namespace {

void check_disciplines(const Scenario& scenario, const Complaint& complaint)
{
    const auto& all = scenario.disciplines;
    for (std::size_t index = 1; index < all.size(); ++index) {
        const auto here = all.begin() + static_cast<std::ptrdiff_t>(index);
        if (std::find(all.begin(), here, *here) == here) continue;
        complaint.fail(pointer_to("/disciplines", index),
                       fmt::format("{} stands here twice (legal: each once)", in_quotes(discipline_name(all[index]))));
    }
}

/// The capability kernel has a knob of its own for PCIDs.
void check_pcids(const Scenario& scenario, const Complaint& complaint)
{
    if (!has_capabilities(scenario)) return;
    for (std::size_t index = 0; index < scenario.disciplines.size(); ++index) {
        if (!uses_pcids(scenario.disciplines[index])) continue;
        complaint.fail(pointer_to("/disciplines", index),
                       fmt::format("{} is of the templates kernel (legal with a key \"kernel\": a space_switch in it)",
                                   in_quotes(discipline_name(scenario.disciplines[index]))));
    }
}

void check_range(const std::optional<Range>& range, const std::string& at, const char* name, const Complaint& complaint)
{
    if (!range || range->minimum <= range->maximum) return;
    complaint.fail(pointer_to(at, name), fmt::format("min {} is above max {}", range->minimum, range->maximum));
}

void check_expectation(const Expectation& expected, const Scenario& scenario, const Complaint& complaint)
{
    const auto& all = scenario.disciplines;
    const std::string at = pointer_to("/expect", discipline_name(expected.discipline));
    if (std::find(all.begin(), all.end(), expected.discipline) == all.end()) {
        complaint.fail(at, "the scenario does not run this discipline (legal: those of /disciplines)");
    }
    check_range(expected.stale_loads, at, "stale_loads", complaint);
    check_range(expected.stale_stores, at, "stale_stores", complaint);
    check_range(expected.stale_calls, at, "stale_calls", complaint);
    check_range(expected.page_faults, at, "page_faults", complaint);
    check_range(expected.cycles, at, "cycles", complaint);
    check_range(expected.invlpgs, at, "invlpgs", complaint);
    check_range(expected.cr3_writes, at, "cr3_writes", complaint);
    check_range(expected.violations, at, "violations", complaint);
    check_range(expected.calls_refused, at, "calls_refused", complaint);
    check_range(expected.frames_discarded, at, "frames_discarded", complaint);
    for (std::size_t counter = 0; counter < counter_names.size(); ++counter)
        check_range(expected.counters[counter], at, counter_names[counter], complaint);
    for (std::size_t verdict = 0; verdict < verdict_names.size(); ++verdict)
        check_range(expected.verdicts[verdict], at, verdict_names[verdict], complaint);
}

/// The place of a variant's template pages in the sweep.
[[nodiscard]] std::string cause_of(const Variant& variant, const Sweep& sweep)
{
    const auto& values = sweep.template_pages;
    const auto at = std::find(values.begin(), values.end(), *variant.template_pages);
    return pointer_to("/sweep/template_pages", static_cast<std::size_t>(at - values.begin()));
}

void check_sweep(const Scenario& scenario, const Complaint& complaint)
{
    const Sweep& sweep = scenario.sweep;
    if (sweep.template_pages.empty() && sweep.switch_percents.empty()) return;
    if (has_capabilities(scenario)) {
        complaint.fail("/sweep", "template_pages and switch_percents are of the pairs form (legal here: knobs)");
    }
    if (!scenario.workload.pairs) complaint.fail("/sweep", "a sweep needs the pairs form of the workload");
    for (std::size_t index = 0; index < sweep.switch_percents.size(); ++index) {
        PairWorkload pairs = *scenario.workload.pairs;
        pairs.switch_percent = sweep.switch_percents[index];
        check_switch_rate(pairs, pointer_to("/sweep/switch_percents", index), complaint);
    }
    Scenario sizes_only = scenario;
    sizes_only.sweep.switch_percents.clear();
    for (const Variant& variant : expand(sizes_only)) {
        const Complaint blamed = variant.template_pages ? complaint.because_of(cause_of(variant, sweep)) : complaint;
        check_places(variant.scenario, blamed);
        check_workload(variant.scenario, blamed);
    }
}

} // namespace

void require_disciplines(const Scenario& scenario, const std::vector<kernel::Discipline>& disciplines)
{
    const auto foreign = std::ranges::find_if(disciplines, kernel::uses_pcids);
    if (!has_capabilities(scenario) || foreign == disciplines.end()) return;
    throw InputError(
        fmt::format("--discipline {}: is of the templates kernel; the scenario {} has a space_switch instead",
                    discipline_name(*foreign), scenario.name));
}

void check_scenario(const Scenario& scenario, const Complaint& complaint)
{
    check_disciplines(scenario, complaint);
    check_pcids(scenario, complaint);
    check_capabilities(scenario, complaint);
    check_places(scenario, complaint);
    check_workload(scenario, complaint);
    check_sweep(scenario, complaint);
    for (const Expectation& expected : scenario.expectations)
        check_expectation(expected, scenario, complaint);
}

} // namespace drywalk::scenario
