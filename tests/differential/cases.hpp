// SPDX-License-Identifier: MIT
// Programs with a name: how an emulator departs from the manual, or what random programs once showed.
#pragma once

#include "tests/differential/program.hpp"

#include <string>
#include <vector>

namespace drywalk::differential {

/// Each access of `program`, in order, in the words of brief(); `flags` is what one slot's A and D are at the end.
struct Case {
    const char* name;
    const char* why; ///< what it shows, with the rule
    Program program;
    std::vector<std::string> bochs;
    std::vector<std::string> qemu;
    std::optional<unsigned> slot{}; ///< whose A and D are looked at
    std::uint64_t bochs_flags = 0;
    std::uint64_t qemu_flags = 0;
};

[[nodiscard]] std::vector<Case> named_cases();

/// "frame 3", "code of frame 3", "written", or "fault 0x5".
[[nodiscard]] std::string brief(const Outcome& outcome);

} // namespace drywalk::differential
