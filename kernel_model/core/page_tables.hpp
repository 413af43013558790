// SPDX-License-Identifier: MIT
// Building page tables: whole address spaces and subtrees that several of them borrow.
#pragma once

#include "kernel_model/core/flush_obligation.hpp"
#include "kernel_model/core/frame_allocator.hpp"
#include "models/x86/entry.hpp"

namespace drywalk::kernel {

/// A paging structure and the level of its entries: an address space from its PML4, or a part of one.
struct Subtree {
    x86::PhysicalAddress table;
    x86::Level level = x86::root_level;
};

/// A page to map; both addresses are aligned to `size`.
struct Mapping {
    x86::LinearAddress linear;
    x86::PhysicalAddress physical;
    x86::PageSize size = x86::PageSize::size_4k;
    x86::LeafAttributes attributes;
};

/// Stores the leaf of one page, allocating the tables on the way down from `subtree`.
Result<FlushObligation> map(Subtree subtree, const Mapping& mapping, TableAllocator& tables,
                            hal::Where where = hal::Where::current());

/// Lets `subtree` reach `borrowed` at `linear` with one store into the level above it.
Result<FlushObligation> borrow(Subtree subtree, x86::LinearAddress linear, Subtree borrowed, TableAllocator& tables,
                               hal::Where where = hal::Where::current());

/// The 4 KiB leaf of `linear`, to which tables lead all the way.
[[nodiscard]] x86::Entry leaf_at(Subtree subtree, x86::LinearAddress linear);

/// Stores `leaf` in place of the 4 KiB leaf of `linear`, to which tables lead all the way.
FlushObligation replace_leaf(Subtree subtree, x86::LinearAddress linear, x86::Entry leaf,
                             hal::Where where = hal::Where::current());

/// Settles the debt of a mapping that was made where nothing was mapped, or passes the refusal on.
[[nodiscard]] Refusal newly_mapped(Result<FlushObligation>&& result, Omission reason);

} // namespace drywalk::kernel
