// SPDX-License-Identifier: MIT
// A scenario carried out: every discipline, at every point of the sweep, and what follows from the numbers.
#pragma once

#include "sim/platform/isolated.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/machine.hpp"

#include <optional>
#include <string>
#include <vector>

namespace drywalk::measure {

/// One discipline at one point of the sweep.
struct Row {
    kernel::Discipline discipline = kernel::Discipline::not_global;
    scenario::Variant variant;
    platform::RunResult result;

    /// Cycles from the first CALL on, by CALL/HALT pair.
    [[nodiscard]] double cycles_per_pair() const;
    /// `cycles` of the workload, by CALL/HALT pair.
    [[nodiscard]] double per_pair(std::uint64_t cycles) const;
};

/// How a discipline compares with not_global along the switch percentages of a sweep, all other knobs being equal.
struct BreakEven {
    enum class Kind : std::uint8_t {
        always_cheaper, ///< at every simulated point
        never_cheaper,  ///< at none
        crosses,        ///< cheaper below `switch_percent`, not above
        mixed,          ///< cheaper at some points, but not at all below and none above
    };

    kernel::Discipline discipline = kernel::Discipline::not_global;
    std::optional<std::uint32_t> template_pages; ///< if the sweep varies them
    Kind kind = Kind::never_cheaper;
    double switch_percent = 0; ///< interpolated between the two simulated points where the sign changes
};

struct Study {
    scenario::Scenario scenario;
    scenario::Machine machine;
    std::vector<Row> rows;  ///< the scenario's own knobs, one a discipline
    std::vector<Row> sweep; ///< all points of the sweep; empty if there is none
    std::vector<BreakEven> break_evens;
    std::vector<std::string> failed_expectations; ///< one line each; empty: all hold
};

struct StudyOptions {
    /// Only these; empty: those of the scenario.
    std::vector<kernel::Discipline> disciplines;
    std::optional<std::filesystem::path> vcd; ///< exactly one discipline then, and no sweep
    bool with_sweep = true;
    std::optional<std::filesystem::path> trace;  ///< as for vcd
    bool fast_path = true;                       ///< see platform::CpuOptions
    std::optional<platform::JudgeOptions> judge; ///< for the scenario's own knobs; the sweep is only timed
};

/// Runs `scenario` on `machine`.
[[nodiscard]] Study carry_out(const scenario::Scenario& scenario, const scenario::Machine& machine,
                              const platform::KernelCosts& costs, const StudyOptions& options = {},
                              const platform::Progress& progress = {});

/// Where each global discipline becomes cheaper or dearer than not_global. Needs a sweep over switch percentages that
/// includes not_global; otherwise there is nothing to say.
[[nodiscard]] std::vector<BreakEven> find_break_evens(const std::vector<Row>& sweep);

/// One line for each expectation that `rows` do not meet.
[[nodiscard]] std::vector<std::string> failed_expectations(const std::vector<scenario::Expectation>& expectations,
                                                           const std::vector<Row>& rows);

} // namespace drywalk::measure
