// SPDX-License-Identifier: MIT
// The kernel's own address space and those of Instances.
#pragma once

#include "kernel_model/core/images.hpp"

namespace drywalk::kernel {

/// The kernel half alone: its image (W^X, 4 KiB leaves), the direct map (2 MiB leaves) and the program window.
Result<Subtree> build_kernel_space(x86::PhysicalAddress memory_end, FrameAllocator& frames);

/// The stub and the mailbox, in layout::fixed_region.
[[nodiscard]] Refusal map_fixed_user_pages(Subtree space, TableAllocator& tables);

/// Shares the kernel half of `from`: the tables below these entries are the same in every address space.
void copy_kernel_half(Subtree from, Subtree to);

/// What an Instance has besides its Image's template.
struct InstancePages {
    x86::LinearAddress stack; ///< one page
    x86::LinearAddress working_set;
    std::uint32_t working_set_pages = 0;
    FramePlacement working_set_frames = FramePlacement::in_order;
};

/// The kernel half of `kernel`, the stub, the mailbox, `borrowed`, and private pages.
Result<Subtree> build_instance_space(Subtree kernel, const Template& borrowed, const InstancePages& pages,
                                     FrameAllocator& frames);

/// Two mapped pages of 4 KiB exchange their frames. What is cached for them is the caller's concern: the kernel's own
/// tables are loaded, and every way back to these pages loads CR3 first.
void exchange_frames(Subtree space, x86::LinearAddress first, x86::LinearAddress second);

} // namespace drywalk::kernel
