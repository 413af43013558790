// SPDX-License-Identifier: MIT
#include "sim/scenario/check/check.hpp"

#include "sim/input/mistakes.hpp"
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
    Mistakes mistakes;
    const auto check = [&](const std::optional<Range>& range, const char* name) {
        mistakes.gather([&] { check_range(range, at, name, complaint); });
    };
    mistakes.gather([&] {
        if (std::find(all.begin(), all.end(), expected.discipline) != all.end()) return;
        complaint.fail(at, "the scenario does not run this discipline (legal: those of /disciplines)");
    });
    check(expected.stale_loads, "stale_loads");
    check(expected.stale_stores, "stale_stores");
    check(expected.stale_calls, "stale_calls");
    check(expected.page_faults, "page_faults");
    check(expected.cycles, "cycles");
    check(expected.invlpgs, "invlpgs");
    check(expected.cr3_writes, "cr3_writes");
    check(expected.violations, "violations");
    check(expected.calls_refused, "calls_refused");
    check(expected.frames_discarded, "frames_discarded");
    for (std::size_t counter = 0; counter < counter_names.size(); ++counter)
        check(expected.counters[counter], counter_names[counter]);
    for (std::size_t verdict = 0; verdict < verdict_names.size(); ++verdict)
        check(expected.verdicts[verdict], verdict_names[verdict]);
    mistakes.throw_if_any();
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
        check_memory(variant.scenario, blamed);
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
    Mistakes mistakes;
    mistakes.gather([&] { check_disciplines(scenario, complaint); });
    mistakes.gather([&] { check_pcids(scenario, complaint); });
    mistakes.gather([&] { check_capabilities(scenario, complaint); });
    if (mistakes.gather([&] { check_places(scenario, complaint); })) {
        mistakes.gather([&] { check_memory(scenario, complaint); });
        mistakes.gather([&] { check_workload(scenario, complaint); });
    }
    if (mistakes.empty()) mistakes.gather([&] { check_sweep(scenario, complaint); });
    for (const Expectation& expected : scenario.expectations)
        mistakes.gather([&] { check_expectation(expected, scenario, complaint); });
    mistakes.throw_if_any();
}

} // namespace drywalk::scenario
