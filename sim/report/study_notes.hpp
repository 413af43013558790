// SPDX-License-Identifier: MIT
// What has to be known besides the figures of a study: text and JSON reports say the same.
#pragma once

#include "sim/study/study.hpp"

#include <string>
#include <vector>

namespace drywalk::report {

/// One line each; empty if the workload ran as it was asked for.
[[nodiscard]] std::vector<std::string> study_notes(const study::Study& study);

} // namespace drywalk::report
