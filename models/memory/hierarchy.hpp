// SPDX-License-Identifier: MIT
// The data caches in a row, down to DRAM, without a platform around them.
#pragma once

#include "models/memory/port.hpp"

namespace drywalk::memory {

/// Looks for the line level by level; a level that missed keeps it from then on.
class Hierarchy final : public Port {
public:
    explicit Hierarchy(const machine::HierarchyProfile& profile)
        : Port{profile.l1d}, l2_{profile.l2}, l3_{profile.l3}, dram_latency_{profile.dram_latency}
    {
    }

private:
    Service miss(x86::PhysicalAddress address) override
    {
        if (l2_.access_below(address)) return {machine::ServedBy::l2, l2_.latency()};
        if (l3_.access_below(address)) return {machine::ServedBy::l3, l3_.latency()};
        return {machine::ServedBy::dram, dram_latency_};
    }

    Cache l2_;
    Cache l3_;
    std::uint32_t dram_latency_;
};

} // namespace drywalk::memory
