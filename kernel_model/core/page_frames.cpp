// SPDX-License-Identifier: MIT
#include "kernel_model/core/page_frames.hpp"

#include <bit>

namespace drywalk::kernel {

using x86::PhysicalAddress;

namespace {

/// A permutation of the numbers of `bits` bits: multiplications by odd numbers and shifts to the right can be undone.
std::uint32_t permuted(std::uint32_t value, unsigned bits)
{
    const std::uint32_t mask = (1U << bits) - 1;
    const unsigned half = bits / 2 + 1;
    value = (value * 0x2c1b'3c6dU + 0x297a'2d39U) & mask;
    value ^= value >> half;
    value = (value * 0x9e37'79b1U) & mask;
    return value ^ value >> half;
}

} // namespace

/// The next power of two has a permutation; what it makes too large goes through it again.
std::uint32_t scattered(std::uint32_t index, std::uint32_t count)
{
    const auto bits = static_cast<unsigned>(std::bit_width(count - 1));
    do {
        index = permuted(index, bits);
    } while (index >= count);
    return index;
}

Result<PhysicalAddress> PageFrames::frame_of(std::uint32_t page)
{
    if (placement_ == FramePlacement::in_order) return frames_.allocate();
    if (page == 0) {
        const Result<PhysicalAddress> run = frames_.allocate_run(pages_);
        if (!run.ok()) return run.refusal();
        run_ = run.value();
    }
    return run_ + scattered(page, pages_) * x86::small_page_bytes;
}

} // namespace drywalk::kernel
