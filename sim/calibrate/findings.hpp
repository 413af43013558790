// SPDX-License-Identifier: MIT
// What native curves say about a machine, number by number, beside what its profile says.
#pragma once

#include "sim/calibrate/comparison.hpp"
#include "sim/calibrate/native.hpp"
#include "sim/machine/machine.hpp"

#include <string>
#include <vector>

namespace drywalk::calibrate {

struct Finding {
    enum class Verdict : std::uint8_t { agrees, differs, undetermined };

    std::string what;
    std::string measured; ///< a value or a range; empty if undetermined
    std::string profile;
    Verdict verdict = Verdict::undetermined;
    std::string remark;
};

/// Under a `hypervisor` a knee of the second-level TLB says nothing about its size.
[[nodiscard]] std::vector<Finding> findings_of(const Comparison& comparison, const machine::Profile& profile,
                                               bool hypervisor);

/// The findings as a table, then what could not be determined and why.
[[nodiscard]] std::string findings_text(const std::vector<Finding>& findings, const NativeCurves& native);

} // namespace drywalk::calibrate
