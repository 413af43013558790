// SPDX-License-Identifier: MIT
#include "sim/platform/machine.hpp"

#include "models/mmu/host_tables.hpp"

namespace drywalk::platform {

Machine::Machine(const MachineSetup& setup)
    : profile_{setup.profile}, memory_bytes_{setup.memory_bytes},
      shared_{setup.memory_bytes + mmu::host_table_bytes(setup.profile.nested, setup.memory_bytes), setup.caches,
              setup.observers, setup.fast_path}
{
    if (profile_.nested.on) host_root_ = mmu::map_guest_to_itself(memory(), profile_.nested, memory_bytes_);
}

Core& Machine::add_processor(Timeline& timeline, std::uint64_t quantum)
{
    const auto cpu = static_cast<unsigned>(cpus_.size());
    return cpus_.emplace_back(profile_, shared_,
                              CoreSetup{.cpu = cpu, .timeline = timeline, .quantum = quantum, .host_root = host_root_});
}

void Machine::reset(const x86::PagingMode& mode)
{
    for (Core& core : cpus_)
        core.reset(mode);
    const BeginState begin{.cpus = cpu_count(), .memory_bytes = memory_bytes_, .mode = cpu(0).mode()};
    shared_.observe([&](EventObserver& observer) { observer.begin(begin); });
}

} // namespace drywalk::platform
