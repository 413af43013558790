// SPDX-License-Identifier: MIT
// How a run is simulated; none of it changes what the kernel does.
#pragma once

#include "sim/platform/event_observer.hpp"

#include <cstdint>
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
};

} // namespace drywalk::platform
