// SPDX-License-Identifier: MIT
#include "sim/calibrate/frame_placement.hpp"

#include <algorithm>
#include <bit>

namespace drywalk::calibrate {

namespace {

/// How many pages one page table maps.
constexpr std::uint64_t pages_of_table = x86::small_page_bytes / x86::entry_bytes;
/// A buffer starts anywhere in what a page table maps: take the middle.
constexpr std::uint64_t pages_before_buffer = pages_of_table / 2;

} // namespace

const char* placement_name(Placement placement)
{
    switch (placement) {
    case Placement::random: return "random";
    case Placement::coloured: return "coloured";
    case Placement::sequential: return "sequential";
    }
    return "random";
}

std::uint64_t page_colours(const machine::CacheProfile& cache)
{
    constexpr std::uint64_t lines_in_page = x86::small_page_bytes / machine::line_bytes;
    return std::bit_floor(std::clamp<std::uint64_t>(cache.sets / lines_in_page, 1, pages_before_buffer));
}

FramePlacement::FramePlacement(Placement placement, std::uint64_t seed, std::uint64_t colours, std::uint64_t frames)
    : placement_{placement}
{
    const std::uint64_t orders = placement == Placement::coloured ? colours : 1;
    for (std::uint64_t colour = 0; colour < orders; ++colour)
        orders_.emplace_back(frames / orders, seed + colour);
}

std::uint64_t FramePlacement::operator[](std::uint64_t frame) const
{
    if (placement_ == Placement::sequential) return frame;
    const std::uint64_t tables = (frame + pages_before_buffer) / pages_of_table;
    const std::uint64_t colour = (frame + tables) % orders_.size();
    return orders_[colour][frame / orders_.size()] * orders_.size() + colour;
}

PlacedCaches::PlacedCaches(const machine::HierarchyProfile& profile, Placement placement, std::uint64_t seed)
    : Port{profile.l1d}, below_{{{}, profile.l2, profile.l3, profile.dram_latency}},
      placement_{placement, seed, page_colours(profile.l2)}, known_(remembered)
{
}

} // namespace drywalk::calibrate
