// SPDX-License-Identifier: MIT
// Small frames in an order that gives pages random cache colours, as those of a machine that has run for a while.
#pragma once

#include "kernel_model/core/frame_allocator.hpp"
#include "sim/replay/machine.hpp"

#include <vector>

namespace drywalk::replay {

/// Takes frames from the kernel's allocator in blocks of 16 MiB and hands out those of a block in an order that the
/// seed decides. Blocks of that size hold every colour of a cache of up to 16 MiB a way.
class ShuffledFrames {
public:
    ShuffledFrames(kernel::FrameAllocator& frames, ReplayMachine& machine, std::uint64_t seed)
        : frames_{frames}, machine_{machine}, random_{seed}
    {
    }

    /// A frame, zeroed now: those of the block may be old ones.
    kernel::Result<x86::PhysicalAddress> take();
    /// Takes back a frame that nothing maps any more.
    void give_back(x86::PhysicalAddress frame) { free_.push_back(frame); }

private:
    void refill();
    [[nodiscard]] std::uint64_t random_below(std::uint64_t limit);

    kernel::FrameAllocator& frames_;
    ReplayMachine& machine_;
    std::uint64_t random_;
    std::vector<x86::PhysicalAddress> free_;
};

} // namespace drywalk::replay
