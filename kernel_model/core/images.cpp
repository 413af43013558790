// SPDX-License-Identifier: MIT
#include "kernel_model/core/images.hpp"

#include "kernel_model/hal/hal.hpp"

namespace drywalk::kernel {

using x86::LeafAttributes;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

namespace {

/// Writes the marks of one leaf, 4 KiB by 4 KiB. See workload.hpp, template_mark.
void fill_leaf(PhysicalAddress frame, PageSize size, std::uint32_t image, std::uint32_t first_small_page, bool code)
{
    const auto small_pages = static_cast<std::uint32_t>(page_bytes(size) / x86::small_page_bytes);
    for (std::uint32_t page = 0; page < small_pages; ++page) {
        const std::uint32_t mark = template_mark(image, first_small_page + page);
        const PhysicalAddress at = frame + page * x86::small_page_bytes;
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

Result<Template> build_template(std::uint32_t image, const ImageRecord& record, LinearAddress base, bool global,
                                FrameAllocator& frames)
{
    const Result<PhysicalAddress> directory = frames.allocate();
    if (!directory.ok()) return directory.refusal();
    const auto size = static_cast<PageSize>(record.page_size);
    const Template result{{directory.value(), x86::Level::pde},
                          base,
                          size,
                          record.code_pages + record.data_pages,
                          std::uint64_t{image} + 1};
    const auto small_pages = static_cast<std::uint32_t>(page_bytes(size) / x86::small_page_bytes);

    for (std::uint32_t leaf = 0; leaf < result.leaves; ++leaf) {
        const bool code = leaf < record.code_pages;
        const Result<PhysicalAddress> frame = frames.allocate(size);
        if (!frame.ok()) return frame.refusal();
        fill_leaf(frame.value(), size, image, leaf * small_pages, code);
        const Mapping mapping{result.leaf(leaf), frame.value(), size, leaf_attributes(record, code, global)};
        const Refusal refusal = newly_mapped(map(result.directory, mapping, frames), Omission::not_reachable);
        if (refusal != Refusal::none) return refusal;
    }
    return result;
}

} // namespace drywalk::kernel
