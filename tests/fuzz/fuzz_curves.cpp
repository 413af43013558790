// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a table of measured latencies. Only InputError may come out.
#include "sim/calibrate/measured_curve.hpp"
#include "sim/input/input_error.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace drywalk;
    try {
        const calibrate::MeasuredCurves curves =
            calibrate::parse_measured({reinterpret_cast<const char*>(data), size}, "fuzz");
        for (const calibrate::MeasuredPoint& point : curves.points) {
            if (!std::isfinite(point.cycles) || point.cycles <= 0 || point.pattern.elements == 0) std::abort();
        }
    } catch (const InputError&) {
        return 0; // one of the two ways out
    }
    return 0;
}
