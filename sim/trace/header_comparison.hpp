// SPDX-License-Identifier: MIT
// Do two headers describe the same machine?
#pragma once

#include "sim/trace/event_parser.hpp"

#include <string>

namespace drywalk::trace {

/// The first key whose values differ, with both: "cpus" is 2, not 4; empty: they agree.
[[nodiscard]] std::string first_difference(const Header& header, const Header& other);

} // namespace drywalk::trace
