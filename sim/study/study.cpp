// SPDX-License-Identifier: MIT
#include "sim/study/study.hpp"

#include "sim/scenario/policy_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::study {

namespace {

struct Point {
    scenario::Variant variant;
    kernel::Discipline discipline;
};

/// What a sweep sets at this point: ", 16 template pages, 20 % Image switches".
std::string place_in_sweep(const scenario::Variant& variant)
{
    std::string text;
    if (variant.template_pages) text += fmt::format(", {} template pages", *variant.template_pages);
    if (variant.switch_percent) text += fmt::format(", {} % Image switches", *variant.switch_percent);
    for (const scenario::KnobValue& knob : variant.knobs)
        text += fmt::format(", {} {}", knob.knob, knob.value);
    return text;
}

/// `profile` as `scenario` runs on it: with its seed, and as a guest if it asks for that.
machine::Profile prepared(machine::Profile profile, const scenario::Scenario& scenario)
{
    profile.seed = scenario.seed;
    profile.nested.on = scenario.nested_page_size.has_value();
    profile.nested.host_page_size = scenario.nested_page_size.value_or(x86::PageSize::size_4k);
    return profile;
}

/// A knob of the sweep chooses the machine or its numbers.
bool sweeps_machine(const scenario::Scenario& scenario)
{
    return std::ranges::any_of(scenario.sweep.knobs, [](const scenario::Knob& knob) {
        return std::ranges::any_of(knob.pointers,
                                   [](const std::string& pointer) { return pointer.starts_with("/machine"); });
    });
}

/// The profile of each point: that of the study's machine, or what the knobs of its sweep make of it.
std::vector<machine::Profile> profiles_of(const std::vector<Point>& points, const Study& study,
                                          const StudyOptions& options)
{
    const bool may_differ = options.machine_of && sweeps_machine(study.scenario);
    std::vector<machine::Profile> profiles;
    for (const Point& point : points) {
        const scenario::Scenario& scenario = point.variant.scenario;
        const bool differs = may_differ && !point.variant.knobs.empty();
        profiles.push_back(prepared(differs ? options.machine_of(scenario).profile : study.machine.profile, scenario));
    }
    return profiles;
}

std::vector<platform::Outcome> run_points(const std::vector<Point>& points, const Study& study,
                                          const platform::KernelCosts& costs, const StudyOptions& options,
                                          const platform::Progress& progress)
{
    const std::vector<machine::Profile> profiles = profiles_of(points, study, options);
    std::vector<platform::Job> jobs;
    for (const Point& point : points) {
        const bool only_timed = point.variant.template_pages || point.variant.switch_percent;
        platform::PlatformOptions platform_options;
        platform_options.cpu.fast_path = options.fast_path;
        platform_options.vcd = options.vcd;
        platform_options.trace = options.trace;
        if (!only_timed) platform_options.judge = options.judge;
        jobs.push_back({&profiles[jobs.size()], &costs, compile_program(point.variant.scenario, point.discipline),
                        platform_options});
    }
    return run_isolated(jobs, progress);
}

/// The runs that ended well become rows, of the scenario's own knobs up to `own`, then of the sweep.
void collect(const std::vector<Point>& points, std::size_t own, std::vector<platform::Outcome> outcomes, Study& study)
{
    for (std::size_t index = 0; index < points.size(); ++index) {
        const auto& [variant, discipline] = points[index];
        if (outcomes[index].result) {
            std::vector<Row>& rows = index < own ? study.rows : study.sweep;
            rows.push_back({discipline, variant, std::move(*outcomes[index].result)});
        } else {
            study.dead_runs.push_back(fmt::format("run {} of {} (discipline {}{}) {}", index + 1, points.size(),
                                                  scenario::discipline_name(discipline), place_in_sweep(variant),
                                                  outcomes[index].death));
        }
    }
    if (study.rows.empty() && !study.dead_runs.empty()) throw DeadRuns(study.dead_runs.front());
}

/// A rung below the last has nothing global, whichever disciplines are asked for.
const std::vector<kernel::Discipline>& disciplines_of(const scenario::Scenario& scenario, const StudyOptions& options)
{
    const bool fixed = !scenario.rung.empty() && scenario.rung != scenario::global_rung;
    return fixed || options.disciplines.empty() ? scenario.disciplines : options.disciplines;
}

/// The unit of the capability kernel's workloads: one CALL by the host.
Unit host_calls(const scenario::Workload& workload)
{
    if (workload.recursion) return {"RPC", workload.recursion->repeat, {}, {}};
    if (workload.calls) return {"call", workload.calls->calls, {}, {}};
    if (workload.service) return {"request", workload.service->requests, {}, {}};
    if (workload.pairs) return {"pair", workload.pairs->pairs, {}, {}};
    return {"program", 1, {}, {}};
}

} // namespace

Unit Row::unit() const
{
    if (!has_capabilities(variant.scenario)) {
        return {"pair", std::max<std::uint64_t>(1, result.counts.calls_and_halts), {}, {}};
    }
    Unit unit = host_calls(variant.scenario.workload);
    const std::vector<std::uint64_t>& returns = result.host_returns;
    if (returns.size() != unit.count || !variant.scenario.workload.operations.empty()) return unit;
    unit.first = returns.front() - result.setup_cycles;
    unit.last = returns.size() == 1 ? unit.first : returns.back() - returns[returns.size() - 2];
    return unit;
}

double Row::per_unit(std::uint64_t cycles) const
{
    return static_cast<double>(cycles) / static_cast<double>(unit().count);
}

double Row::per_pair(std::uint64_t cycles) const
{
    const std::uint64_t pairs = std::max<std::uint64_t>(1, result.counts.calls_and_halts);
    return static_cast<double>(cycles) / static_cast<double>(pairs);
}

double Row::cycles_per_pair() const { return per_pair(result.workload_cycles()); }

Study carry_out(const scenario::Scenario& scenario, const machine::Machine& machine, const platform::KernelCosts& costs,
                const StudyOptions& options, const platform::Progress& progress)
{
    Study study{scenario, machine, {}, {}, {}, {}, {}};
    std::vector<scenario::Variant> variants = scenario::expand(scenario);
    if (!options.with_sweep) variants.resize(1);
    std::vector<Point> points;
    for (const scenario::Variant& variant : variants) {
        for (const kernel::Discipline discipline : disciplines_of(variant.scenario, options))
            points.push_back({variant, discipline});
    }
    study.machine.profile = prepared(machine.profile, scenario);
    collect(points, disciplines_of(scenario, options).size(), run_points(points, study, costs, options, progress),
            study);
    study.break_evens = find_break_evens(study.sweep);
    study.failed_expectations = failed_expectations(scenario.expectations, study.rows);
    return study;
}

} // namespace drywalk::study
