// SPDX-License-Identifier: MIT
// Where walks may start.
#pragma once

#include "models/oracle/broadcast.hpp"
#include "models/oracle/trail.hpp"

#include <cstdint>

namespace drywalk::oracle {

/// Where walks may start: a loaded root, or a paging-structure-cache entry that the tables no longer justify.
struct WalkSource {
    unsigned cpu = 0;
    std::uint16_t pcid = 0;
    x86::LinearAddress region; ///< the addresses it serves start here
    x86::WalkPosition start;   ///< a root's level is Level::pml4e or Level::pml5e
    bool is_root = false;
    EventIndex established_by = 0;
    EventIndex broken_by = 0; ///< not for roots
    Trail trail;              ///< of the entries that lead to `start`
    /// Of what was made of it; of itself those that select it. While its PCID is not loaded nothing is made again, and
    /// there may be more than those: what a complete one selects is gone.
    Dooms dooms{};

    /// The address in the region that `bits` select. Those of a root have their sign still to be extended.
    [[nodiscard]] x86::LinearAddress address(std::uint64_t bits) const
    {
        const unsigned width = is_root ? index_shift(start.level) + 9 : x86::widest_linear_bits;
        return x86::LinearAddress::truncate(region.value() | bits, width);
    }
};

/// One way that walks reach an entry: from a source, for the addresses that start at `linear`.
struct Reached {
    WalkSource* source = nullptr;
    x86::LinearAddress linear;
};

} // namespace drywalk::oracle
