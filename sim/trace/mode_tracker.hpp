// SPDX-License-Identifier: MIT
// The registers of every processor while a trace is read, so that an event that no processor takes is refused.
#pragma once

#include "sim/trace/event_parser.hpp"

#include <string>
#include <vector>

namespace drywalk::trace {

/// What speaks against judging a processor in this mode; empty: nothing. Paging that is off is no translation yet.
[[nodiscard]] std::string unjudged(const x86::PagingMode& mode);

class ModeTracker {
public:
    explicit ModeTracker(const Header& header);

    /// A register write or an INVPCID happens; every other event passes. Returns what is wrong with it, and what would
    /// be legal; empty: nothing.
    [[nodiscard]] std::string apply(const Event& event);

private:
    x86::Vendor vendor_;
    std::vector<x86::PagingMode> modes_; ///< by processor
};

} // namespace drywalk::trace
