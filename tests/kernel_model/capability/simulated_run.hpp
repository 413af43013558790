// SPDX-License-Identifier: MIT
// A random program on the simulated processor, held against the reference model.
#pragma once

#include "models/machine/profile.hpp"
#include "sim/platform/kernel_run.hpp"
#include "tests/kernel_model/capability/sketch.hpp"

#include <string>
#include <vector>

namespace drywalk::reference {

/// Machines of this project's making that keep different things for different times.
struct NamedProfile {
    const char* name;
    machine::Profile profile;
};
[[nodiscard]] const std::vector<NamedProfile>& test_profiles();

[[nodiscard]] std::vector<kernel::Observation> simulate(const machine::Profile& profile, const Sketch& sketch,
                                                        platform::CpuOptions options = {});

struct Checked {
    std::vector<kernel::Observation> observations;
    std::string problem; ///< empty if there is none
};
using Check = Checked (*)(const machine::Profile& profile, const Sketch& sketch);

/// Whether kernel and reference model agree. Ending early counts as a problem: an exception, or a refusal that the
/// model does not expect.
[[nodiscard]] Checked check(const machine::Profile& profile, const Sketch& sketch);

/// The same on a processor that makes every access go wrong that some permitted TLB lets go wrong, and whether the
/// judge calls any of them a violation.
[[nodiscard]] Checked check_judged(const machine::Profile& profile, const Sketch& sketch);

} // namespace drywalk::reference
