// SPDX-License-Identifier: MIT
// The state cache: the frames that hold DataCaps' pages, and how many DataCaps share each.
#pragma once

#include "kernel_model/core/capability/heap.hpp"
#include "kernel_model/core/page_tables.hpp"

namespace drywalk::kernel {

/// Frames of [begin, end), which the kernel reaches through layout::state_cache_window and ring 3 through read-only
/// leaves alone, unless a frame is somebody's private copy.
class StateCache {
public:
    StateCache(x86::PhysicalAddress begin, x86::PhysicalAddress end) : begin_{begin}, end_{end}, frames_{begin, end} {}

    /// Maps the window into the kernel's own tables and makes room for the counts.
    [[nodiscard]] Refusal boot(Subtree kernel_space, Heap& heap);

    /// A frame that no DataCap has yet, with whatever is in it.
    Result<x86::PhysicalAddress> allocate()
    {
        const hal::PathScope path{hal::Path::allocate_frame};
        return frames_.allocate_unfilled();
    }
    /// Gives back a frame that no DataCap has.
    void release(x86::PhysicalAddress frame, hal::Where where = hal::Where::current())
    {
        const hal::PathScope path{hal::Path::release_frame};
        frames_.release(frame, where);
    }

    /// One more DataCap has `frame`.
    void share(x86::PhysicalAddress frame);
    /// One DataCap fewer has it; without any it is free.
    void drop(x86::PhysicalAddress frame, hal::Where where = hal::Where::current());

    [[nodiscard]] std::uint64_t pages_in_use() const { return frames_.used_bytes() / x86::small_page_bytes; }

private:
    [[nodiscard]] x86::PhysicalAddress sharers(x86::PhysicalAddress frame) const
    {
        return sharers_ + (frame - begin_) / x86::small_page_bytes * 8;
    }

    x86::PhysicalAddress begin_;
    x86::PhysicalAddress end_;
    FrameAllocator frames_;
    x86::PhysicalAddress sharers_; ///< one word a frame
};

} // namespace drywalk::kernel
