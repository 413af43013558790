// SPDX-License-Identifier: MIT
// A study as JSON for tools. The same study gives the same bytes.
#pragma once

#include "sim/output/made_by.hpp"
#include "sim/study/study.hpp"

#include <string>

namespace drywalk::report {

[[nodiscard]] std::string json_report(const study::Study& study, const output::MadeBy& program = {});

} // namespace drywalk::report
