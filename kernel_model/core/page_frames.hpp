// SPDX-License-Identifier: MIT
// Frames for pages in a row, in the order that the program asks for.
#pragma once

#include "kernel_model/core/frame_allocator.hpp"
#include "kernel_model/program/workload.hpp"

namespace drywalk::kernel {

/// Where `index` comes in a fixed pseudo-random order of [0, count), count at least 1: a permutation.
[[nodiscard]] std::uint32_t scattered(std::uint32_t index, std::uint32_t count);

/// Gives each of `pages` pages of 4 KiB a zeroed frame.
class PageFrames {
public:
    PageFrames(FramePlacement placement, std::uint32_t pages, FrameAllocator& frames)
        : placement_{placement}, pages_{pages}, frames_{frames}
    {
    }

    /// For page `page`; ask for each once, from 0 on.
    Result<x86::PhysicalAddress> frame_of(std::uint32_t page);

private:
    FramePlacement placement_;
    std::uint32_t pages_;
    FrameAllocator& frames_;
    x86::PhysicalAddress run_; ///< the first of all frames, if they are scattered
};

} // namespace drywalk::kernel
