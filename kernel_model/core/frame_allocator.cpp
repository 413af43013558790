// SPDX-License-Identifier: MIT
#include "kernel_model/core/frame_allocator.hpp"

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

using x86::PageSize;
using x86::PhysicalAddress;

FrameAllocator::FrameAllocator(PhysicalAddress begin, PhysicalAddress end)
    : bottom_{begin.page() == begin ? begin : begin.page() + x86::small_page_bytes}, top_{end.page(PageSize::size_2m)}
{
}

Result<PhysicalAddress> FrameAllocator::allocate(PageSize size)
{
    const std::uint64_t bytes = page_bytes(size);
    if (free_bytes() < bytes) return Refusal::out_of_memory;
    PhysicalAddress frame = bottom_;
    if (size == PageSize::size_4k) {
        bottom_ = bottom_ + bytes;
    } else {
        top_ = PhysicalAddress{top_.value() - bytes};
        frame = top_;
    }
    used_bytes_ += bytes;
    for (std::uint64_t offset = 0; offset < bytes; offset += x86::small_page_bytes)
        hal::zero_page(frame + offset);
    return frame;
}

} // namespace drywalk::kernel
