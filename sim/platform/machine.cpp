// SPDX-License-Identifier: MIT
#include "sim/platform/machine.hpp"

namespace drywalk::platform {

void Machine::reset(const x86::PagingMode& mode)
{
    for (Core& core : cpus_)
        core.reset(mode);
    const BeginState begin{.cpus = cpu_count(), .memory_bytes = memory().size(), .mode = cpu(0).mode()};
    shared_.observe([&](EventObserver& observer) { observer.begin(begin); });
}

} // namespace drywalk::platform
