// SPDX-License-Identifier: MIT
// Makes an event of one line of a trace, or says what is wrong with it.
#pragma once

#include "models/oracle/oracle.hpp"
#include "sim/trace/event.hpp"
#include "sim/trace/line_reader.hpp"

namespace drywalk::trace {

/// Where a trace begins.
enum class From : std::uint8_t {
    boot,   ///< memory is all zero
    middle, ///< the first events tell what memory holds
};

/// The machine that the header describes, the vendor included.
struct Header : oracle::Configuration {
    unsigned version = 1; ///< of the format
    From from = From::boot;
};

/// What a reader of lines wants to know of an event beside the event itself. The places are in the line.
struct EventFacts {
    const char* subject =
        nullptr; ///< the value that decides whether the processor takes the event; null: it always does
    const char* seq_at = nullptr; ///< null: there is no `seq`
    std::uint64_t seq = 0;
};

[[nodiscard]] constexpr std::string_view name_of(From from) { return from == From::boot ? "boot" : "middle"; }

/// What a header without any optional key stands for.
[[nodiscard]] Header default_header();

/// Throws InputError.
[[nodiscard]] Header parse_header(const LineReader& reader, const Line& line);

/// `event` borrows its texts from the line. Throws InputError.
EventFacts parse_event(const LineReader& reader, const Line& line, const Header& header, Event& event);

} // namespace drywalk::trace
