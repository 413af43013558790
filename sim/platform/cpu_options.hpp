// SPDX-License-Identifier: MIT
// How a run is simulated; none of it changes what the kernel does, but for what tests leave out.
#pragma once

#include "sim/platform/event_observer.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace drywalk::platform {

struct CpuOptions {
    bool record_observations = false;
    /// Cycles that may be gathered before the timeline hears of them; at least 1.
    std::uint64_t quantum = 10'000;
    /// Told of every event, in this order; the first that overrides an access has its way.
    std::vector<EventObserver*> observers;
    /// False: no hints and no short cuts, for the same results.
    bool fast_path = true;
    /// For tests that leave out what the kernel does: true for an INVLPG, or a write of CR4, that is not to happen.
    std::function<bool(const kernel::hal::Where&, x86::LinearAddress)> drops_invlpg;
    std::function<bool(const kernel::hal::Where&)> drops_cr4_write;
};

} // namespace drywalk::platform
