// SPDX-License-Identifier: MIT
#include "kernel_model/core/images.hpp"

#include "kernel_model/core/page_frames.hpp"
#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

using x86::LeafAttributes;
using x86::PageSize;
using x86::PhysicalAddress;

namespace {

/// Writes the marks of leaf `leaf` into `frame`, 4 KiB by 4 KiB. See workload.hpp, template_mark.
void fill_leaf(const Template& pages, std::uint32_t leaf, PhysicalAddress frame, LinePlacement lines, bool code)
{
    const auto small_pages = static_cast<std::uint32_t>(page_bytes(pages.page_size) / x86::small_page_bytes);
    const std::uint64_t first_page = pages.leaf(leaf).value() / x86::small_page_bytes;
    const auto image = static_cast<std::uint32_t>(pages.token - 1);
    for (std::uint32_t page = 0; page < small_pages; ++page) {
        const std::uint32_t mark = template_mark(image, leaf * small_pages + page);
        const PhysicalAddress at = frame + page * x86::small_page_bytes + line_offset(lines, first_page + page);
        if (code) hal::store(at, template_code(mark));
        hal::store(at + template_data_offset, mark);
    }
}

LeafAttributes leaf_attributes(const ImageRecord& record, bool code, bool global)
{
    const bool writable = !code && record.data_writable != 0;
    return {.rights = {.writable = writable, .user = true, .executable = code}, .global = global};
}

} // namespace

Result<Template> build_template(std::uint32_t image, const ImageRecord& record, const TemplatePlan& plan,
                                FrameAllocator& frames)
{
    const Result<PhysicalAddress> directory = frames.allocate();
    if (!directory.ok()) return directory.refusal();
    const auto size = static_cast<PageSize>(record.page_size);
    const Template result{{directory.value(), x86::Level::pde},
                          plan.base,
                          size,
                          record.code_pages + record.data_pages,
                          std::uint64_t{image} + 1};
    PageFrames small_frames{plan.frames, result.leaves, frames};

    for (std::uint32_t leaf = 0; leaf < result.leaves; ++leaf) {
        const bool code = leaf < record.code_pages;
        const Result<PhysicalAddress> frame =
            size == PageSize::size_4k ? small_frames.frame_of(leaf) : frames.allocate(size);
        if (!frame.ok()) return frame.refusal();
        fill_leaf(result, leaf, frame.value(), plan.lines, code);
        const Mapping mapping{result.leaf(leaf), frame.value(), size, leaf_attributes(record, code, plan.global)};
        const Refusal refusal = newly_mapped(map(result.directory, mapping, frames), Omission::not_reachable);
        if (refusal != Refusal::none) return refusal;
    }
    return result;
}

} // namespace drywalk::kernel
