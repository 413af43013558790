// SPDX-License-Identifier: MIT
// Where on the size axis of a curve the TLBs and data caches of a machine are full.
#pragma once

#include "models/machine/profile.hpp"
#include "sim/calibrate/pattern.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace drywalk::calibrate {

/// How many translations of a page of this size the arrays of a level hold.
[[nodiscard]] std::uint64_t entries_for(const std::vector<machine::TlbArrayProfile>& level, x86::PageSize size);

struct Capacity {
    enum class Kind : std::uint8_t { tlb, cache };

    std::string name; ///< "L2 TLB"
    Kind kind = Kind::tlb;
    double size = 0; ///< on the axis of the curve
};

/// Of the curve that `pattern` is a point of: a TLB is full when the buffer has more pages than it has entries, a cache
/// when the whole buffer, or the lines that one load per page touches, outgrow it. TLBs first, then caches.
[[nodiscard]] std::vector<Capacity> capacities_of(const machine::Profile& profile, const Pattern& pattern);

} // namespace drywalk::calibrate
