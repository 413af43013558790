// SPDX-License-Identifier: MIT
#include "sim/replay/demand_pager.hpp"

#include "models/x86/walk.hpp"

#include <vector>

namespace drywalk::replay {

namespace hal = kernel::hal;
using kernel::Mapping;
using kernel::Omission;
using kernel::Refusal;
using kernel::Result;
using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

namespace {

/// What a page fault maps has been used the moment the instruction is tried again; Linux sets the bits as well.
[[nodiscard]] x86::LeafAttributes attributes(bool is_write)
{
    return {.rights = {}, .global = false, .accessed = true, .dirty = is_write};
}

/// A page of a region and what was mapped there.
struct Present {
    LinearAddress page;
    Entry entry;
};

[[nodiscard]] std::vector<Present> present_pages(PhysicalAddress table, LinearAddress region)
{
    std::vector<Present> pages;
    for (std::uint64_t index = 0; index < x86::entries_per_table; ++index) {
        const Entry entry{hal::load(table + index * x86::entry_bytes)};
        if (entry.present()) pages.push_back({region + index * x86::small_page_bytes, entry});
    }
    return pages;
}

} // namespace

DemandPager::DemandPager(ReplayMachine& machine, PagePolicy policy, PhysicalAddress memory_end, std::uint64_t seed)
    : policy_{policy}, table_frames_{PhysicalAddress{}, PhysicalAddress{machine.storage_bytes()}},
      data_frames_{PhysicalAddress{machine.storage_bytes()}, memory_end}, small_frames_{data_frames_, machine, seed}
{
    const ReplayMachine::Uncharged at_boot{machine};
    const Result<PhysicalAddress> root = table_frames_.allocate();
    if (!root.ok()) hal::broken_invariant("no room for the root of the page tables");
    space_.table = root.value();
}

Refusal DemandPager::handle(LinearAddress linear, bool is_write)
{
    const LinearAddress region = linear.page(PageSize::size_2m);
    if (policy_ == PagePolicy::large) return map_large(region, is_write);
    const Refusal refusal = map_small(linear.page(), is_write);
    if (refusal != Refusal::none || policy_ == PagePolicy::small) return refusal;
    return collapses_now(region) ? collapse(region) : Refusal::none;
}

PagerCounts DemandPager::counts() const
{
    PagerCounts counts = counts_;
    counts.tables = table_frames_.used_bytes() / x86::small_page_bytes;
    return counts;
}

Refusal DemandPager::map_leaf(const Mapping& mapping)
{
    return newly_mapped(map(space_, mapping, table_frames_), Omission::was_not_present);
}

Refusal DemandPager::map_small(LinearAddress page, bool is_write)
{
    const Result<PhysicalAddress> frame = small_frames_.take();
    if (!frame.ok()) return frame.refusal();
    ++counts_.small_pages;
    return map_leaf({page, frame.value(), PageSize::size_4k, attributes(is_write)});
}

Refusal DemandPager::map_large(LinearAddress region, bool is_write)
{
    const Result<PhysicalAddress> frame = data_frames_.allocate(PageSize::size_2m);
    if (!frame.ok()) return frame.refusal();
    ++counts_.large_pages;
    return map_leaf({region, frame.value(), PageSize::size_2m, attributes(is_write)});
}

bool DemandPager::collapses_now(LinearAddress region)
{
    const std::uint64_t number = region.page_number(PageSize::size_2m);
    if (++mapped_of_region_[number] < collapse_threshold) return false;
    mapped_of_region_.erase(number);
    return true;
}

/// Between the small pages and the large one nothing is mapped, and every small page is flushed: no TLB may hold both.
/// [intel/vol3] 4.10.2.3 and 4.10.4.2
Refusal DemandPager::collapse(LinearAddress region)
{
    const PhysicalAddress at = directory_entry(region);
    const std::vector<Present> pages = present_pages(Entry{hal::load(at)}.next_table(), region);
    hal::store(at, 0);
    bool is_dirty = false;
    for (const Present& present : pages) {
        kernel::FlushObligation{present.page}.flush();
        is_dirty = is_dirty || present.entry.dirty();
    }
    const Result<PhysicalAddress> frame = data_frames_.allocate(PageSize::size_2m);
    if (!frame.ok()) return frame.refusal();
    for (const Present& present : pages) {
        const PhysicalAddress old = present.entry.page(PageSize::size_4k);
        copy_page(old, frame.value() + (present.page - region));
        small_frames_.give_back(old);
    }
    counts_.small_pages -= pages.size();
    ++counts_.large_pages;
    ++counts_.collapses;
    return map_leaf({region, frame.value(), PageSize::size_2m, attributes(is_dirty)});
}

/// Where the page-directory entry of `region` lies; the tables above it exist.
PhysicalAddress DemandPager::directory_entry(LinearAddress region) const
{
    x86::WalkPosition position{space_.level, space_.table, {}};
    while (position.level != Level::pde) {
        const Entry entry{hal::load(position.entry_address(region))};
        position = {below(position.level), entry.next_table(), {}};
    }
    return position.entry_address(region);
}

/// A line at a time, as wide vector instructions do. Data frames hold no data: what counts is which lines are touched.
void DemandPager::copy_page(PhysicalAddress from, PhysicalAddress to)
{
    for (std::uint64_t line = 0; line < x86::small_page_bytes; line += machine::line_bytes)
        hal::store(to + line, hal::load(from + line));
}

} // namespace drywalk::replay
