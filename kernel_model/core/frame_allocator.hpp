// SPDX-License-Identifier: MIT
// Physical frames for tables, templates, stacks and working sets.
#pragma once

#include "kernel_model/core/layout.hpp"
#include "kernel_model/core/result.hpp"

namespace drywalk::kernel {

/// Hands out frames of [begin, end). Small frames grow from the bottom and large ones from the top, so that no hole
/// is lost to alignment. Every frame comes zeroed.
class FrameAllocator {
public:
    FrameAllocator(x86::PhysicalAddress begin, x86::PhysicalAddress end);

    /// One frame of `size`, 4 KiB or 2 MiB, aligned to it.
    Result<x86::PhysicalAddress> allocate(x86::PageSize size = x86::PageSize::size_4k);

    [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
    [[nodiscard]] std::uint64_t free_bytes() const { return top_ - bottom_; }

private:
    x86::PhysicalAddress bottom_;
    x86::PhysicalAddress top_;
    std::uint64_t used_bytes_ = 0;
};

} // namespace drywalk::kernel
