// SPDX-License-Identifier: MIT
// A small comparison for the tests of what is made of one.
#pragma once

#include "sim/calibrate/report.hpp"
#include "tests/support/source_tree.hpp"

namespace drywalk::calibrate::test {

inline machine::Machine machine(const std::string& name)
{
    return machine::load_machine(source_tree() / "scenarios/machines", name);
}

/// Two curves of four points; the second is simulated 20 % too high throughout.
inline Comparison small_comparison()
{
    MeasuredCurves curves{"elements", {}};
    for (const char* series : {"packed_lines", "a<b & \"c\""}) {
        for (const std::uint64_t size : {8U, 16U, 32U, 64U}) {
            Pattern pattern;
            pattern.series = series;
            pattern.size = pattern.elements = size;
            pattern.spacing = 64;
            curves.points.push_back({pattern, 10.0});
        }
    }
    return compare(curves, [](const Pattern& pattern) { return pattern.series == "packed_lines" ? 10.0 : 12.0; });
}

} // namespace drywalk::calibrate::test
