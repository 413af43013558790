// SPDX-License-Identifier: MIT
#include "sim/calibrate/frame_placement.hpp"

namespace drywalk::calibrate {

namespace {

constexpr std::uint64_t most_frames = std::uint64_t{1} << 32;
constexpr std::uint64_t colours = 32;

} // namespace

const char* placement_name(Placement placement)
{
    switch (placement) {
    case Placement::random: return "random";
    case Placement::balanced: return "balanced";
    case Placement::sequential: return "sequential";
    }
    return "random";
}

FramePlacement::FramePlacement(Placement placement, std::uint64_t seed)
    : placement_{placement}, seed_{seed}, order_{placement == Placement::balanced ? most_frames / colours : most_frames,
                                                 seed}
{
}

std::uint64_t FramePlacement::operator[](std::uint64_t frame) const
{
    if (placement_ == Placement::sequential) return frame;
    if (placement_ == Placement::random) return order_[frame];
    const std::uint64_t group = frame / colours;
    return order_[group] * colours + RandomOrder{colours, seed_ + group}[frame % colours];
}

PlacedCaches::PlacedCaches(const memory::HierarchyProfile& profile, Placement placement, std::uint64_t seed)
    : Port{profile.l1d}, below_{{{}, profile.l2, profile.l3, profile.dram_latency}}, placement_{placement, seed},
      known_(remembered)
{
}

} // namespace drywalk::calibrate
