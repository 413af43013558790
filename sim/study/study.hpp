// SPDX-License-Identifier: MIT
// A scenario carried out: every discipline, at every point of the sweep, and what follows from the numbers.
#pragma once

#include "sim/machine/machine.hpp"
#include "sim/platform/isolated.hpp"
#include "sim/scenario/load.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace drywalk::study {

/// What a workload does again and again, and what one of it took.
struct Unit {
    const char* name = "pair";
    std::uint64_t count = 1;
    std::optional<std::uint64_t> first, last; ///< cycles of the first and of the last; capability kernel
};

/// One discipline at one point of the sweep.
struct Row {
    kernel::Discipline discipline = kernel::Discipline::not_global;
    scenario::Variant variant;
    platform::RunResult result;

    /// Cycles from the first CALL on, by CALL/HALT pair.
    [[nodiscard]] double cycles_per_pair() const;
    /// `cycles` of the workload, by CALL/HALT pair.
    [[nodiscard]] double per_pair(std::uint64_t cycles) const;

    /// What the workload consists of: CALL/HALT pairs, RPCs, calls, requests, or one program.
    [[nodiscard]] Unit unit() const;
    /// `cycles` of the workload, by unit.
    [[nodiscard]] double per_unit(std::uint64_t cycles) const;
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
    machine::Machine machine;
    std::vector<Row> rows;  ///< the scenario's own knobs, one a discipline
    std::vector<Row> sweep; ///< all points of the sweep; empty if there is none
    std::vector<BreakEven> break_evens;
    std::vector<std::string> failed_expectations; ///< one line each; empty: all hold
    std::vector<std::string> dead_runs;           ///< one line for each run that is missing above: its process died
};

/// The processes of all of a scenario's own runs died; what() says how the first did.
class DeadRuns : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct StudyOptions {
    /// Only these; empty: those of the scenario.
    std::vector<kernel::Discipline> disciplines;
    output::AtomicFile* vcd = nullptr; ///< exactly one discipline then, and no sweep; the caller commits it
    bool with_sweep = true;
    output::AtomicFile* trace = nullptr; ///< as for vcd
    bool fast_path = true;               ///< see platform::CpuOptions
    /// For the scenario itself and a sweep over knobs; other sweeps are only timed.
    std::optional<platform::JudgeOptions> judge;
    /// The machine of a point of the sweep, whose knobs may name another; empty: the same for all.
    std::function<machine::Machine(const scenario::Scenario& point)> machine_of = {};
};

/// Runs `scenario` on `machine`. Throws DeadRuns.
[[nodiscard]] Study carry_out(const scenario::Scenario& scenario, const machine::Machine& machine,
                              const platform::KernelCosts& costs, const StudyOptions& options = {},
                              const platform::Progress& progress = {});

/// Where each global discipline becomes cheaper or dearer than not_global. Needs a sweep over switch percentages that
/// includes not_global; otherwise there is nothing to say.
[[nodiscard]] std::vector<BreakEven> find_break_evens(const std::vector<Row>& sweep);

/// One line for each expectation that `rows` do not meet.
[[nodiscard]] std::vector<std::string> failed_expectations(const std::vector<scenario::Expectation>& expectations,
                                                           const std::vector<Row>& rows);

} // namespace drywalk::study
