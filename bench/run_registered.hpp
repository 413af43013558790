// SPDX-License-Identifier: MIT
// The end of a program that has registered its benchmarks itself.
#pragma once

#include <benchmark/benchmark.h>

namespace drywalk::bench {

/// Runs them as the options demand. The exit code: 2 for an unknown option.
inline int run_registered(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

} // namespace drywalk::bench
