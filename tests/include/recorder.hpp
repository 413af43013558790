// SPDX-License-Identifier: MIT
// A kernel for the tests of drywalk_trace.h: what it puts is a string, and a thread is a processor.
#pragma once

#include "include/drywalk/drywalk_trace.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drywalk::tracing {

/// What was put since the last call.
[[nodiscard]] std::string taken();
void put(char character);

/// `text` without the numbers of its events.
[[nodiscard]] std::string without_seq(const std::string& text);

/// The processor that the calling thread is.
[[nodiscard]] uint32_t processor();
void be_processor(uint32_t number);

/// `text` without its first line.
[[nodiscard]] std::string without_header(const std::string& text);
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

/// The number of "seq" in a line.
[[nodiscard]] uint64_t seq_of(const std::string& line);

} // namespace drywalk::tracing
