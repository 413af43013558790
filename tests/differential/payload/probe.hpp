// SPDX-License-Identifier: MIT
// One access, in ring 0 or ring 3, and how it ended.
#pragma once

#include "tests/differential/payload/protocol.hpp"

#include <cstdint>

namespace drywalk::differential {

inline constexpr std::uint64_t page_fault_vector = 14;

struct Ending {
    std::uint64_t vector = 0; ///< 0: the access was made
    std::uint64_t error_code = 0;
    std::uint64_t fault_address = 0;
    std::uint64_t value = 0; ///< read or returned
};

/// `value` is what a write writes.
[[nodiscard]] Ending make_access(const Operation& operation, std::uint64_t value);

} // namespace drywalk::differential
