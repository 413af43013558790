// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/state_cache.hpp"

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

using x86::PageSize;
using x86::PhysicalAddress;

Refusal StateCache::boot(Subtree kernel_space, Heap& heap)
{
    constexpr x86::LeafAttributes kernel_data{.rights = {.writable = true, .user = false, .executable = false}};
    constexpr std::uint64_t counts_per_frame = x86::small_page_bytes / 8;
    const std::uint64_t bytes = end_ - begin_;
    for (std::uint64_t offset = 0; offset < bytes; offset += x86::small_page_bytes) {
        const Mapping mapping{layout::state_cache_window + offset, begin_ + offset, PageSize::size_4k, kernel_data};
        const hal::PathScope path{hal::Path::map_leaf};
        const Refusal refusal = newly_mapped(map(kernel_space, mapping, heap), Omission::not_reachable);
        if (refusal != Refusal::none) return refusal;
    }
    // Nothing was released yet, so these frames follow each other.
    for (std::uint64_t counted = 0; counted < bytes; counted += x86::small_page_bytes * counts_per_frame) {
        const Result<PhysicalAddress> frame = heap.allocate();
        if (!frame.ok()) return frame.refusal();
        if (counted == 0) sharers_ = frame.value();
    }
    return Refusal::none;
}

void StateCache::share(PhysicalAddress frame)
{
    const PhysicalAddress at = sharers(frame);
    hal::store(at, hal::load(at) + 1);
}

void StateCache::drop(PhysicalAddress frame, hal::Where where)
{
    const PhysicalAddress at = sharers(frame);
    const std::uint64_t left = hal::load(at) - 1;
    hal::store(at, left);
    if (left == 0) release(frame, where);
}

} // namespace drywalk::kernel
