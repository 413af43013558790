// SPDX-License-Identifier: MIT
// The kernel of a replay: maps a page when it is first touched, with the kernel model's own tables and allocator.
#pragma once

#include "kernel_model/core/page_tables.hpp"
#include "sim/replay/shuffled_frames.hpp"

#include <unordered_map>

namespace drywalk::replay {

enum class PagePolicy : std::uint8_t {
    small, ///< 4 KiB pages
    large, ///< 2 MiB pages, whole regions at the first touch
    /// 4 KiB pages at first; a 2 MiB region is collapsed into one large page once collapse_threshold of it are mapped.
    transparent,
};

/// Of 512. Linux's khugepaged asks for only one unless max_ptes_none says otherwise, but comes by only every ten
/// seconds, a time that a trace does not tell.
inline constexpr std::uint32_t collapse_threshold = 64;

struct PagerCounts {
    std::uint64_t small_pages = 0; ///< mapped now
    std::uint64_t large_pages = 0; ///< mapped now
    std::uint64_t collapses = 0;
    std::uint64_t tables = 0; ///< page-table pages ever allocated, the root included
};

/// All pages are user pages, readable, writable and executable: a trace does not tell more.
class DemandPager {
public:
    /// Page tables come from the machine's storage, data frames from above it. The machine is in use already.
    DemandPager(ReplayMachine& machine, PagePolicy policy, x86::PhysicalAddress memory_end, std::uint64_t seed);

    /// The tables to load.
    [[nodiscard]] x86::PhysicalAddress root() const { return space_.table; }
    /// Maps what a page fault at `linear` asks for.
    kernel::Refusal handle(x86::LinearAddress linear, bool is_write);
    [[nodiscard]] PagerCounts counts() const;
    /// True if it was the tables that ran out, rather than the data frames.
    [[nodiscard]] bool tables_exhausted() const { return table_frames_.free_bytes() < x86::small_page_bytes; }

private:
    kernel::Refusal map_small(x86::LinearAddress page, bool is_write);
    kernel::Refusal map_large(x86::LinearAddress region, bool is_write);
    kernel::Refusal collapse(x86::LinearAddress region);
    [[nodiscard]] bool collapses_now(x86::LinearAddress region);
    [[nodiscard]] x86::PhysicalAddress directory_entry(x86::LinearAddress region) const;
    kernel::Refusal map_leaf(const kernel::Mapping& mapping);
    void copy_page(x86::PhysicalAddress from, x86::PhysicalAddress to);

    PagePolicy policy_;
    kernel::FrameAllocator table_frames_;
    kernel::FrameAllocator data_frames_;
    ShuffledFrames small_frames_;
    kernel::Subtree space_;
    std::unordered_map<std::uint64_t, std::uint32_t> mapped_of_region_; ///< transparent: 4 KiB pages, by region number
    PagerCounts counts_;
};

} // namespace drywalk::replay
