// SPDX-License-Identifier: MIT
// The kernel's heap: the frames that objects, tables and private pages lie in, with their use counted.
#pragma once

#include "kernel_model/core/capability/counters.hpp"
#include "kernel_model/core/frame_allocator.hpp"
#include "kernel_model/hal/path_scope.hpp"

namespace drywalk::kernel {

/// A FrameAllocator whose every step is one pass through a counted path.
class Heap final : public TableAllocator {
public:
    Heap(x86::PhysicalAddress begin, x86::PhysicalAddress end, Counters& counters)
        : frames_{begin, end}, counters_{counters}
    {
    }

    Result<x86::PhysicalAddress> allocate()
    {
        const hal::PathScope path{hal::Path::allocate_zeroed};
        return frames_.allocate();
    }
    Result<x86::PhysicalAddress> allocate_unfilled()
    {
        const hal::PathScope path{hal::Path::allocate_frame};
        return frames_.allocate_unfilled();
    }
    Result<x86::PhysicalAddress> allocate_table() override
    {
        counters_.add(Counter::tables_allocated);
        return allocate();
    }
    void release(x86::PhysicalAddress frame, hal::Where where = hal::Where::current())
    {
        const hal::PathScope path{hal::Path::release_frame};
        frames_.release(frame, where);
    }
    void release_table(x86::PhysicalAddress table, hal::Where where = hal::Where::current())
    {
        counters_.add(Counter::tables_released);
        release(table, where);
    }

    [[nodiscard]] FrameAllocator& frames() { return frames_; }
    [[nodiscard]] std::uint64_t frames_in_use() const { return frames_.used_bytes() / x86::small_page_bytes; }

private:
    FrameAllocator frames_;
    Counters& counters_;
};

} // namespace drywalk::kernel
