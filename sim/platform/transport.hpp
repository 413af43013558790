// SPDX-License-Identifier: MIT
// Results of runs as bytes, from the process that made them to the one that reports them. Both are the same program.
#pragma once

#include "sim/platform/run_result.hpp"

#include <string>
#include <string_view>

namespace drywalk::platform {

[[nodiscard]] std::string packed(const RunResult& result);

/// Throws std::runtime_error if `bytes` is not exactly what packed() makes.
[[nodiscard]] RunResult unpacked(std::string_view bytes);

} // namespace drywalk::platform
