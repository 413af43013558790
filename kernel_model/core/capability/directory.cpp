// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/directory.hpp"

#include <algorithm>

namespace drywalk::kernel {

using x86::PhysicalAddress;

Refusal Directory::boot(Heap& heap)
{
    // Nothing was released yet, so these frames follow each other.
    for (std::uint64_t bytes = 0; bytes < capacity * entry_bytes; bytes += x86::small_page_bytes) {
        const Result<PhysicalAddress> frame = heap.allocate();
        if (!frame.ok()) return frame.refusal();
        if (bytes == 0) slots_ = frame.value();
    }
    return Refusal::none;
}

DirectoryEntry Directory::looked_at(std::uint64_t slot) const
{
    const hal::PathScope path{hal::Path::directory_probe};
    counters_.add(Counter::directory_probes);
    return DirectoryEntry{slots_ + slot * entry_bytes};
}

/// Linear probing; the linear lookup is the same from slot 0, whatever the address.
DirectoryEntry Directory::find(std::uint64_t address) const
{
    std::uint64_t slot = first_slot(address);
    for (std::uint64_t probe = 0; probe < capacity; ++probe, slot = (slot + 1) % capacity) {
        const DirectoryEntry entry = looked_at(slot);
        const std::uint64_t there = entry.address();
        if (there == address) return entry;
        if (there == never_used) break;
    }
    return {};
}

Result<DirectoryEntry> Directory::insert(std::uint64_t address)
{
    std::uint64_t slot = first_slot(address);
    for (std::uint64_t probe = 0; probe < capacity; ++probe, slot = (slot + 1) % capacity) {
        const DirectoryEntry entry = looked_at(slot);
        if (entry.address() > erased) continue;
        entry.set_address(address);
        entry.set_cap(DataCap{});
        entry.set_references(0);
        entry.set_host_record(0);
        used_ = std::max(used_, slot + 1);
        return entry;
    }
    return Refusal::out_of_memory;
}

/// No search has to go on past the last slot in front of one that was never used, so erased ones there are as good as
/// new.
void Directory::erase(DirectoryEntry entry)
{
    entry.set_address(erased);
    std::uint64_t slot = (entry.at() - slots_) / entry_bytes;
    if (address_in((slot + 1) % capacity) != never_used) return;
    for (; address_in(slot) == erased; slot = (slot + capacity - 1) % capacity)
        hal::store(slots_ + slot * entry_bytes, never_used);
}

} // namespace drywalk::kernel
