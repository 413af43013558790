// SPDX-License-Identifier: MIT
// Where an operating system would have put the frames, and caches that see them there.
#pragma once

#include "models/memory/hierarchy.hpp"
#include "sim/calibrate/random_order.hpp"

#include <cstdint>
#include <vector>

namespace drywalk::calibrate {

/// Where the pages of a buffer lie in physical memory; which sets of the larger caches they use follows from it.
enum class Placement : std::uint8_t {
    random, ///< anywhere
    /// Anywhere, but pages take the page colours of the L2 in turn, as under Windows: each page of the buffer as it is
    /// first touched, and each page table before the first page that it maps.
    coloured,
    sequential, ///< neighbours side by side
};

[[nodiscard]] const char* placement_name(Placement placement);

/// How many page colours a cache has: pages of one colour share its sets. A power of two, at most 256.
[[nodiscard]] std::uint64_t page_colours(const machine::CacheProfile& cache);

/// All frames that a placement may use, unless it is told otherwise.
inline constexpr std::uint64_t most_frames = std::uint64_t{1} << 32;

/// The physical frame for the number of a frame, a permutation of 0 to `frames` - 1. The same seed gives the same one.
class FramePlacement {
public:
    /// `colours` divides `frames`; only Placement::coloured looks at it.
    FramePlacement(Placement placement, std::uint64_t seed, std::uint64_t colours, std::uint64_t frames = most_frames);

    /// `frame` is below `frames`.
    [[nodiscard]] std::uint64_t operator[](std::uint64_t frame) const;

private:
    Placement placement_;
    std::vector<RandomOrder> orders_; ///< one a colour; one in all where colours do not matter
};

/// Caches that see every frame where its placement puts it; the first level selects its sets within a page.
class PlacedCaches final : public memory::Port {
public:
    PlacedCaches(const machine::HierarchyProfile& profile, Placement placement, std::uint64_t seed);

private:
    /// A frame that was placed lately.
    struct Known {
        std::uint64_t frame = ~std::uint64_t{0};
        std::uint64_t placed = 0;
    };
    static constexpr std::uint64_t remembered = 1 << 14;

    memory::Service miss(x86::PhysicalAddress address) override
    {
        const std::uint64_t frame = placed(address.value() / x86::small_page_bytes);
        return below_.access(
            x86::PhysicalAddress{frame * x86::small_page_bytes + address.offset(x86::PageSize::size_4k)});
    }
    [[nodiscard]] std::uint64_t placed(std::uint64_t frame)
    {
        Known& known = known_[frame % remembered];
        if (known.frame != frame) known = {frame, placement_[frame]};
        return known.placed;
    }

    memory::Hierarchy below_; ///< without a first level
    FramePlacement placement_;
    std::vector<Known> known_;
};

} // namespace drywalk::calibrate
