// SPDX-License-Identifier: MIT
#include "sim/measure/study.hpp"

#include <algorithm>

namespace drywalk::measure {

namespace {

struct Point {
    scenario::Variant variant;
    kernel::Discipline discipline;
};

std::vector<Row> run_points(const std::vector<Point>& points, const scenario::Machine& machine,
                            const platform::KernelCosts& costs, const StudyOptions& options,
                            const platform::Progress& progress)
{
    std::vector<platform::Job> jobs;
    for (const Point& point : points) {
        const bool own_knobs = !point.variant.template_pages && !point.variant.switch_percent;
        platform::PlatformOptions platform_options;
        platform_options.cpu.fast_path = options.fast_path;
        platform_options.vcd = options.vcd;
        platform_options.trace = options.trace;
        if (own_knobs) platform_options.judge = options.judge;
        jobs.push_back(
            {&machine.profile, &costs, compile_program(point.variant.scenario, point.discipline), platform_options});
    }
    std::vector<platform::RunResult> results = run_isolated(std::move(jobs), progress);
    std::vector<Row> rows;
    for (std::size_t index = 0; index < points.size(); ++index) {
        rows.push_back({points[index].discipline, points[index].variant, std::move(results[index])});
    }
    return rows;
}

} // namespace

double Row::per_pair(std::uint64_t cycles) const
{
    const std::uint64_t pairs = std::max<std::uint64_t>(1, result.counts.calls_and_halts);
    return static_cast<double>(cycles) / static_cast<double>(pairs);
}

double Row::cycles_per_pair() const { return per_pair(result.workload_cycles()); }

Study carry_out(const scenario::Scenario& scenario, const scenario::Machine& machine,
                const platform::KernelCosts& costs, const StudyOptions& options, const platform::Progress& progress)
{
    Study study{scenario, machine, {}, {}, {}, {}};
    const auto& disciplines = options.disciplines.empty() ? scenario.disciplines : options.disciplines;
    std::vector<scenario::Variant> variants = scenario::expand(scenario);
    if (!options.with_sweep) variants.resize(1);
    std::vector<Point> points;
    for (const scenario::Variant& variant : variants) {
        for (const kernel::Discipline discipline : disciplines)
            points.push_back({variant, discipline});
    }
    study.machine.profile.seed = scenario.seed;
    study.machine.profile.nested.on = scenario.nested_page_size.has_value();
    study.machine.profile.nested.host_page_size = scenario.nested_page_size.value_or(x86::PageSize::size_4k);
    study.rows = run_points(points, study.machine, costs, options, progress);
    const auto first_of_sweep = study.rows.begin() + static_cast<std::ptrdiff_t>(disciplines.size());
    study.sweep.assign(std::make_move_iterator(first_of_sweep), std::make_move_iterator(study.rows.end()));
    study.rows.erase(first_of_sweep, study.rows.end());
    study.break_evens = find_break_evens(study.sweep);
    study.failed_expectations = failed_expectations(scenario.expectations, study.rows);
    return study;
}

} // namespace drywalk::measure
