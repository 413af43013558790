// SPDX-License-Identifier: MIT
#include "kernel_model/core/pcid_pool.hpp"

#include "kernel_model/hal/path_scope.hpp"

namespace drywalk::kernel {

using x86::Cr3;
using x86::PhysicalAddress;

PcidPool::PcidPool(Discipline discipline, std::uint32_t count, bool supported)
    : discipline_{discipline}, enabled_{supported && uses_pcids(discipline)}, count_{count}
{
    holder_.fill(no_instance);
}

bool PcidPool::keeps_entries() const
{
    return discipline_ == Discipline::pcid_tracked || discipline_ == Discipline::pcid_no_flush;
}

Cr3 PcidPool::kernel_cr3(PhysicalAddress root) const
{
    return {root.value() | (enabled_ && keeps_entries() ? Cr3::no_flush : 0)};
}

/// The bookkeeping is the same on a machine without PCIDs, so that its instructions can be counted there.
Cr3 PcidPool::cr3_with_pcid(std::uint32_t instance, PhysicalAddress root)
{
    const hal::PathScope path{hal::Path::choose_pcid};
    if (pcid_of_[instance] == 0) recycle(instance);
    const std::uint32_t pcid = pcid_of_[instance];
    const bool flush = outdated_[pcid] && discipline_ != Discipline::pcid_no_flush;
    outdated_[pcid] = false;
    if (!enabled_) return {root.value()};
    return {root.value() | pcid | (keeps_entries() && !flush ? Cr3::no_flush : 0)};
}

void PcidPool::note_changed(std::uint32_t instance)
{
    if (uses_pcids(discipline_)) outdated_[pcid_of_[instance]] = true;
}

/// What the processor holds for the PCID is its last holder's.
void PcidPool::recycle(std::uint32_t instance)
{
    const hal::PathScope path{hal::Path::recycle_pcid};
    const std::uint32_t pcid = given_last_ % count_ + 1;
    if (holder_[pcid] != no_instance) pcid_of_[holder_[pcid]] = 0;
    holder_[pcid] = instance;
    pcid_of_[instance] = static_cast<std::uint16_t>(pcid);
    outdated_[pcid] = true;
    given_last_ = pcid;
}

} // namespace drywalk::kernel
