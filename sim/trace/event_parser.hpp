// SPDX-License-Identifier: MIT
// Makes an event of one line of a trace, or says what is wrong with it.
#pragma once

#include "models/oracle/oracle.hpp"
#include "sim/trace/event.hpp"
#include "sim/trace/line_reader.hpp"

namespace drywalk::trace {

/// The machine that the header describes, the vendor included.
using Header = oracle::Configuration;

/// What a header without any optional key stands for.
[[nodiscard]] Header default_header();

/// Throws InputError.
[[nodiscard]] Header parse_header(const LineReader& reader, const Line& line);

/// `event` borrows its texts from the line. Throws InputError.
void parse_event(const LineReader& reader, const Line& line, const Header& header, Event& event);

} // namespace drywalk::trace
