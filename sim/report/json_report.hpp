// SPDX-License-Identifier: MIT
// A study as JSON for tools. The same study gives the same bytes.
#pragma once

#include "sim/study/study.hpp"

#include <string>

namespace drywalk::report {

[[nodiscard]] std::string json_report(const study::Study& study);

} // namespace drywalk::report
