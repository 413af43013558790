// SPDX-License-Identifier: MIT
// Physical frames for tables, templates, stacks and working sets.
#pragma once

#include "kernel_model/core/result.hpp"
#include "kernel_model/hal/where.hpp"
#include "kernel_model/program/layout.hpp"

namespace drywalk::kernel {

/// Source of zeroed frames for page tables.
class TableAllocator {
public:
    virtual Result<x86::PhysicalAddress> allocate_table() = 0;

protected:
    ~TableAllocator() = default;
};

/// Hands out frames of [begin, end). Small frames grow from the bottom and large ones from the top, so that no hole
/// is lost to alignment. Small ones that come back are handed out again first, the last one first.
class FrameAllocator final : public TableAllocator {
public:
    FrameAllocator(x86::PhysicalAddress begin, x86::PhysicalAddress end);

    /// One frame of `size`, 4 KiB or 2 MiB, aligned to it and zeroed.
    Result<x86::PhysicalAddress> allocate(x86::PageSize size = x86::PageSize::size_4k);
    /// `count` 4 KiB frames in a row, zeroed and never handed out before; the first one.
    Result<x86::PhysicalAddress> allocate_run(std::uint32_t count);
    /// One 4 KiB frame with whatever is in it, for callers that fill all of it.
    Result<x86::PhysicalAddress> allocate_unfilled();
    Result<x86::PhysicalAddress> allocate_table() override { return allocate(); }
    /// Takes back a 4 KiB frame. Nothing may lead to it any more: see flush_obligation.hpp.
    void release(x86::PhysicalAddress frame, hal::Where where = hal::Where::current());

    [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
    /// Never handed out, or come back.
    [[nodiscard]] std::uint64_t free_bytes() const { return top_ - bottom_ + released_bytes_; }

private:
    x86::PhysicalAddress bottom_;
    x86::PhysicalAddress top_;
    /// The first word of each released frame leads to the next one; 0: none.
    x86::PhysicalAddress first_released_;
    std::uint64_t released_bytes_ = 0;
    std::uint64_t used_bytes_ = 0;
};

} // namespace drywalk::kernel
