// SPDX-License-Identifier: MIT
#include "sim/scenario/policy_names.hpp"
#include "sim/study/study.hpp"

#include <fmt/format.h>

namespace drywalk::study {

namespace {

struct Measured {
    const char* name;
    const std::optional<scenario::Range>& expected;
    std::optional<std::uint64_t> value; ///< absent: this run did not count it
};

std::string describe(const scenario::Range& range)
{
    if (range.minimum == range.maximum) return fmt::format("exactly {}", range.minimum);
    if (range.maximum == ~std::uint64_t{0}) return fmt::format("at least {}", range.minimum);
    return fmt::format("{} to {}", range.minimum, range.maximum);
}

std::optional<std::uint64_t> violations_of(const Row& row)
{
    if (!row.result.judge) return std::nullopt;
    return row.result.judge->violations();
}

/// What is counted in arrays: the kernel's counters and the judge's verdicts.
void add_by_index(const scenario::Expectation& expected, const Row& row, std::vector<Measured>& all)
{
    for (std::size_t counter = 0; counter < kernel::counter_count; ++counter) {
        all.push_back(
            {scenario::counter_names[counter], expected.counters[counter], row.result.counts.kernel_counters[counter]});
    }
    static_assert(scenario::verdict_names.size() == oracle::verdict_count);
    for (std::size_t verdict = 0; row.result.judge && verdict < oracle::verdict_count; ++verdict) {
        all.push_back(
            {scenario::verdict_names[verdict], expected.verdicts[verdict], row.result.judge->verdicts[verdict]});
    }
}

void check(const scenario::Expectation& expected, const Row& row, std::vector<std::string>& failures)
{
    const platform::Counts& counts = row.result.counts;
    std::vector<Measured> all = {
        {"stale_loads", expected.stale_loads, counts.stale.loads},
        {"stale_stores", expected.stale_stores, counts.stale.stores},
        {"stale_calls", expected.stale_calls, counts.stale.calls},
        {"page_faults", expected.page_faults, counts.page_faults},
        {"cycles", expected.cycles, row.result.workload_cycles()},
        {"invlpgs", expected.invlpgs, counts.invlpgs},
        {"cr3_writes", expected.cr3_writes, counts.cr3_writes},
        {"violations", expected.violations, violations_of(row)},
        {"calls_refused", expected.calls_refused, counts.calls_refused},
        {"frames_discarded", expected.frames_discarded, counts.frames_discarded},
    };
    add_by_index(expected, row, all);
    for (const Measured& measured : all) {
        if (!measured.expected || !measured.value) continue;
        if (*measured.value >= measured.expected->minimum && *measured.value <= measured.expected->maximum) continue;
        failures.push_back(fmt::format("{}: {} is {}, expected {}", scenario::discipline_name(row.discipline),
                                       measured.name, *measured.value, describe(*measured.expected)));
    }
}

} // namespace

std::vector<std::string> failed_expectations(const std::vector<scenario::Expectation>& expectations,
                                             const std::vector<Row>& rows)
{
    std::vector<std::string> failures;
    for (const scenario::Expectation& expected : expectations) {
        for (const Row& row : rows) {
            if (row.discipline == expected.discipline) check(expected, row, failures);
        }
    }
    return failures;
}

} // namespace drywalk::study
