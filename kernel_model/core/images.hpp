// SPDX-License-Identifier: MIT
// Images and their templates: the leaves that every Instance of an Image shares.
#pragma once

#include "kernel_model/core/page_tables.hpp"
#include "kernel_model/program/workload.hpp"

namespace drywalk::kernel {

/// An Image's template as the kernel keeps it: a page directory that Instances borrow, and the range below it.
struct Template {
    Subtree directory;
    x86::LinearAddress base;
    x86::PageSize page_size = x86::PageSize::size_4k;
    std::uint32_t leaves = 0;
    std::uint64_t token = 0; ///< names it for good: later templates have larger ones, wherever their frames lie

    [[nodiscard]] x86::LinearAddress leaf(std::uint32_t index) const
    {
        return base + std::uint64_t{index} * page_bytes(page_size);
    }
};

/// How templates are built, the same for all Images.
struct TemplatePlan {
    x86::LinearAddress base;
    bool global = false; ///< leaves have the G bit
    LinePlacement lines = LinePlacement::first;
    FramePlacement frames = FramePlacement::in_order;
};

/// Allocates, fills and maps the template of Image `image`, which gets `image + 1` as its token.
Result<Template> build_template(std::uint32_t image, const ImageRecord& record, const TemplatePlan& plan,
                                FrameAllocator& frames);

} // namespace drywalk::kernel
