// SPDX-License-Identifier: MIT
// A study as JSON for tools. The same study gives the same bytes.
#pragma once

#include "sim/measure/study.hpp"

#include <string>

namespace drywalk::report {

[[nodiscard]] std::string json_report(const measure::Study& study);

} // namespace drywalk::report
