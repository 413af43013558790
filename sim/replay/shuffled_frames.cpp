// SPDX-License-Identifier: MIT
#include "sim/replay/shuffled_frames.hpp"

#include <utility>

namespace drywalk::replay {

namespace {

constexpr std::size_t block_frames = 4096;

} // namespace

kernel::Result<x86::PhysicalAddress> ShuffledFrames::take()
{
    if (free_.empty()) refill();
    if (free_.empty()) return kernel::Refusal::out_of_memory;
    const x86::PhysicalAddress frame = free_.back();
    free_.pop_back();
    kernel::hal::zero_page(frame);
    return frame;
}

/// By Fisher and Yates.
void ShuffledFrames::refill()
{
    const ReplayMachine::Uncharged at_boot{machine_};
    while (free_.size() < block_frames) {
        const kernel::Result<x86::PhysicalAddress> frame = frames_.allocate();
        if (!frame.ok()) break;
        free_.push_back(frame.value());
    }
    for (std::size_t left = free_.size(); left > 1; --left)
        std::swap(free_[left - 1], free_[random_below(left)]);
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). The remainder's bias is below 2^-50 for limits as small as these.
std::uint64_t ShuffledFrames::random_below(std::uint64_t limit)
{
    std::uint64_t mixed = random_ += 0x9e37'79b9'7f4a'7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11eb;
    return (mixed ^ mixed >> 31) % limit;
}

} // namespace drywalk::replay
