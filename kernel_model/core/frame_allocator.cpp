// SPDX-License-Identifier: MIT
#include "kernel_model/core/frame_allocator.hpp"

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

using x86::PageSize;
using x86::PhysicalAddress;

FrameAllocator::FrameAllocator(PhysicalAddress begin, PhysicalAddress end)
    : bottom_{begin.page() == begin ? begin : begin.page() + x86::small_page_bytes}, top_{end.page()}
{
}

Result<PhysicalAddress> FrameAllocator::allocate(PageSize size)
{
    if (size == PageSize::size_4k) {
        const Result<PhysicalAddress> frame = allocate_unfilled();
        if (frame.ok()) hal::zero_page(frame.value());
        return frame;
    }
    const std::uint64_t bytes = page_bytes(size);
    const PhysicalAddress aligned_top = top_.page(size);
    if (aligned_top < bottom_ + bytes) return Refusal::out_of_memory;
    top_ = PhysicalAddress{aligned_top.value() - bytes};
    used_bytes_ += bytes;
    for (std::uint64_t offset = 0; offset < bytes; offset += x86::small_page_bytes)
        hal::zero_page(top_ + offset);
    return top_;
}

Result<PhysicalAddress> FrameAllocator::allocate_run(std::uint32_t count)
{
    const std::uint64_t bytes = count * x86::small_page_bytes;
    if (top_ - bottom_ < bytes) return Refusal::out_of_memory;
    const PhysicalAddress first = bottom_;
    for (std::uint64_t offset = 0; offset < bytes; offset += x86::small_page_bytes)
        hal::zero_page(first + offset);
    bottom_ = bottom_ + bytes;
    used_bytes_ += bytes;
    return first;
}

Result<PhysicalAddress> FrameAllocator::allocate_unfilled()
{
    PhysicalAddress frame = bottom_;
    if (released_bytes_ != 0) {
        frame = first_released_;
        first_released_ = PhysicalAddress{hal::load(frame)};
        released_bytes_ -= x86::small_page_bytes;
    } else {
        if (top_ - bottom_ < x86::small_page_bytes) return Refusal::out_of_memory;
        bottom_ = bottom_ + x86::small_page_bytes;
    }
    used_bytes_ += x86::small_page_bytes;
    return frame;
}

void FrameAllocator::release(PhysicalAddress frame, hal::Where where)
{
    hal::release_page(frame, where);
    hal::store(frame, first_released_.value(), where);
    first_released_ = frame;
    released_bytes_ += x86::small_page_bytes;
    used_bytes_ -= x86::small_page_bytes;
}

} // namespace drywalk::kernel
