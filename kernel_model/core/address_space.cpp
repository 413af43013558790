// SPDX-License-Identifier: MIT
#include "kernel_model/core/address_space.hpp"

#include "kernel_model/core/page_frames.hpp"
#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

using x86::Entry;
using x86::LeafAttributes;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

namespace {

constexpr LeafAttributes kernel_text{.rights = {.writable = false, .user = false, .executable = true}};
constexpr LeafAttributes kernel_data{.rights = {.writable = true, .user = false, .executable = false}};
constexpr LeafAttributes user_text{.rights = {.writable = false, .user = true, .executable = true}};
constexpr LeafAttributes user_constants{.rights = {.writable = false, .user = true, .executable = false}};
constexpr LeafAttributes user_data{.rights = {.writable = true, .user = true, .executable = false}};

/// A run of pages of one size, contiguous in both spaces.
struct Range {
    LinearAddress linear;
    PhysicalAddress physical;
    std::uint64_t bytes = 0;
    PageSize size = PageSize::size_4k;
    LeafAttributes attributes;
};

Refusal map_range(Subtree space, const Range& range, TableAllocator& tables)
{
    for (std::uint64_t offset = 0; offset < range.bytes; offset += page_bytes(range.size)) {
        const Mapping mapping{range.linear + offset, range.physical + offset, range.size, range.attributes};
        const Refusal refusal = newly_mapped(map(space, mapping, tables), Omission::not_reachable);
        if (refusal != Refusal::none) return refusal;
    }
    return Refusal::none;
}

Refusal map_fresh(Subtree space, LinearAddress linear, std::uint32_t pages, FramePlacement placement,
                  FrameAllocator& frames)
{
    PageFrames page_frames{placement, pages, frames};
    for (std::uint32_t page = 0; page < pages; ++page) {
        const Result<PhysicalAddress> frame = page_frames.frame_of(page);
        if (!frame.ok()) return frame.refusal();
        const Range range{linear + page * x86::small_page_bytes, frame.value(), x86::small_page_bytes,
                          PageSize::size_4k, user_data};
        const Refusal refusal = map_range(space, range, frames);
        if (refusal != Refusal::none) return refusal;
    }
    return Refusal::none;
}

template <std::size_t Count>
Refusal map_ranges(Subtree space, const Range (&ranges)[Count], TableAllocator& tables)
{
    for (const Range& range : ranges) {
        const Refusal refusal = map_range(space, range, tables);
        if (refusal != Refusal::none) return refusal;
    }
    return Refusal::none;
}

} // namespace

void copy_kernel_half(Subtree from, Subtree to)
{
    for (std::uint64_t index = x86::entries_per_table / 2; index < x86::entries_per_table; ++index) {
        const std::uint64_t offset = index * x86::entry_bytes;
        const std::uint64_t entry = hal::load(from.table + offset);
        if (entry != 0) hal::store(to.table + offset, entry);
    }
}

Refusal map_fixed_user_pages(Subtree space, TableAllocator& tables)
{
    constexpr std::uint64_t item_bytes = layout::mailbox_item_pages * x86::small_page_bytes;
    constexpr std::uint64_t result_bytes = layout::mailbox_result_pages * x86::small_page_bytes;
    constexpr Range ranges[] = {
        {layout::stub, layout::user_stub, x86::small_page_bytes, PageSize::size_4k, user_text},
        {layout::mailbox_items, layout::mailbox, item_bytes, PageSize::size_4k, user_constants},
        {layout::mailbox_results, layout::mailbox + item_bytes, result_bytes, PageSize::size_4k, user_data},
    };
    return map_ranges(space, ranges, tables);
}

Result<Subtree> build_kernel_space(PhysicalAddress memory_end, FrameAllocator& frames)
{
    const Result<PhysicalAddress> root = frames.allocate();
    if (!root.ok()) return root.refusal();
    const Subtree space{root.value(), x86::root_level};
    const LinearAddress text = layout::kernel_base + layout::image_text.value();
    const LinearAddress data = layout::kernel_base + layout::image_data.value();
    const Range ranges[] = {
        {text, layout::image_text, layout::image_text_bytes, PageSize::size_4k, kernel_text},
        {data, layout::image_data, layout::image_data_bytes, PageSize::size_4k, kernel_data},
        {layout::direct_map, PhysicalAddress{}, memory_end.value(), PageSize::size_2m, kernel_data},
    };
    Refusal refusal = map_ranges(space, ranges, frames);
    if (refusal == Refusal::none) {
        const Subtree window{layout::window_directory, x86::Level::pde};
        refusal = newly_mapped(borrow(space, layout::program_window, window, frames), Omission::not_reachable);
    }
    if (refusal != Refusal::none) return refusal;
    return space;
}

Result<Subtree> build_instance_space(Subtree kernel, const Template& borrowed, const InstancePages& pages,
                                     FrameAllocator& frames)
{
    const Result<PhysicalAddress> root = frames.allocate();
    if (!root.ok()) return root.refusal();
    const Subtree space{root.value(), x86::root_level};
    copy_kernel_half(kernel, space);

    Refusal refusal = map_fixed_user_pages(space, frames);
    if (refusal == Refusal::none) refusal = map_fresh(space, pages.stack, 1, FramePlacement::in_order, frames);
    if (refusal == Refusal::none) {
        refusal = map_fresh(space, pages.working_set, pages.working_set_pages, pages.working_set_frames, frames);
    }
    if (refusal == Refusal::none) {
        refusal = newly_mapped(borrow(space, borrowed.base, borrowed.directory, frames), Omission::not_reachable);
    }
    if (refusal != Refusal::none) return refusal;
    return space;
}

void exchange_frames(Subtree space, LinearAddress first, LinearAddress second)
{
    const Entry was_first = leaf_at(space, first);
    replace_leaf(space, first, leaf_at(space, second)).omit(Omission::before_next_use);
    replace_leaf(space, second, was_first).omit(Omission::before_next_use);
}

} // namespace drywalk::kernel
