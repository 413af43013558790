// SPDX-License-Identifier: MIT
#include "kernel_model/core/page_tables.hpp"

#include "kernel_model/hal/hal.hpp"
#include "models/x86/walk.hpp"

namespace drywalk::kernel {

using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::WalkPosition;

namespace {

/// The table that the entry at `at` points to; an absent one is allocated and linked.
Result<PhysicalAddress> table_below(PhysicalAddress at, TableAllocator& tables, hal::Where where)
{
    const Entry entry{hal::load(at)};
    if (entry.present()) return entry.next_table();
    const Result<PhysicalAddress> table = tables.allocate_table();
    if (table.ok()) hal::store(at, Entry::table(table.value()).raw(), where);
    return table;
}

/// Where the entry for `linear` at `level` lies, after allocating what leads to it.
Result<PhysicalAddress> entry_at(Subtree subtree, LinearAddress linear, Level level, TableAllocator& tables,
                                 hal::Where where)
{
    WalkPosition position{subtree.level, subtree.table, {}};
    while (position.level != level) {
        const Result<PhysicalAddress> next = table_below(position.entry_address(linear), tables, where);
        if (!next.ok()) return next.refusal();
        position = {below(position.level), next.value(), {}};
    }
    return position.entry_address(linear);
}

/// Where the 4 KiB leaf of `linear` lies, to which tables lead all the way.
PhysicalAddress leaf_place(Subtree subtree, LinearAddress linear)
{
    WalkPosition position{subtree.level, subtree.table, {}};
    for (; position.level != Level::pte; position.level = below(position.level))
        position.table = Entry{hal::load(position.entry_address(linear))}.next_table();
    return position.entry_address(linear);
}

} // namespace

Result<FlushObligation> map(Subtree subtree, const Mapping& mapping, TableAllocator& tables, hal::Where where)
{
    const Result<PhysicalAddress> at = entry_at(subtree, mapping.linear, leaf_level(mapping.size), tables, where);
    if (!at.ok()) return at.refusal();
    hal::store(at.value(), Entry::leaf(mapping.physical, mapping.size, mapping.attributes).raw(), where);
    return FlushObligation{mapping.linear};
}

Result<FlushObligation> borrow(Subtree subtree, LinearAddress linear, Subtree borrowed, TableAllocator& tables,
                               hal::Where where)
{
    const auto level_above = static_cast<Level>(static_cast<std::uint8_t>(borrowed.level) + 1);
    const Result<PhysicalAddress> at = entry_at(subtree, linear, level_above, tables, where);
    if (!at.ok()) return at.refusal();
    hal::store(at.value(), Entry::table(borrowed.table).raw(), where);
    return FlushObligation{linear};
}

Entry leaf_at(Subtree subtree, LinearAddress linear) { return Entry{hal::load(leaf_place(subtree, linear))}; }

FlushObligation replace_leaf(Subtree subtree, LinearAddress linear, Entry leaf, hal::Where where)
{
    hal::store(leaf_place(subtree, linear), leaf.raw(), where);
    return FlushObligation{linear};
}

Refusal newly_mapped(Result<FlushObligation>&& result, Omission reason)
{
    const Refusal refusal = result.refusal();
    if (refusal == Refusal::none) std::move(result).take().omit(reason);
    return refusal;
}

} // namespace drywalk::kernel
