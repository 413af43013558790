// SPDX-License-Identifier: MIT
// What a file holds that may be a trace or a scenario.
#pragma once

#include <string>

namespace drywalk::cli {

/// `file` holds one JSON value, or what was meant to be one, and no trace. A machine profile or another JSON file is
/// refused with InputError; whatever else it is, the reader of traces has more to say about it.
[[nodiscard]] bool holds_scenario(const std::string& file);

} // namespace drywalk::cli
