// SPDX-License-Identifier: MIT
// A walk of a host's tables for a guest-physical address: the steps of walk.hpp, by another kind of address.
// [intel/vol3] 28.2.2; [amd/vol2] 15.25.3
#pragma once

#include "models/x86/walk.hpp"

namespace drywalk::x86 {

/// The index of the entry that translates `address` at `level` of a host's tables: 0 to 511.
[[nodiscard]] constexpr unsigned table_index(GuestPhysicalAddress address, Level level)
{
    return static_cast<unsigned>(address.value() >> index_shift(level)) & (entries_per_table - 1);
}

/// The physical address of the entry that translates `address` at `position` of a host's tables.
[[nodiscard]] constexpr PhysicalAddress entry_address(const WalkPosition& position, GuestPhysicalAddress address)
{
    return position.table + std::uint64_t{table_index(address, position.level)} * entry_bytes;
}

/// Where `address` lies for the host by `translation`, which a host's leaf gave.
[[nodiscard]] constexpr PhysicalAddress physical(const Translation& translation, GuestPhysicalAddress address)
{
    return translation.page + address.offset(translation.size);
}

/// The step that ends a walk of `address` from `position` of a host's tables down; see the one for linear addresses.
template <typename ReadEntry>
[[nodiscard]] constexpr WalkStep last_step(WalkPosition position, GuestPhysicalAddress address, const PagingMode& mode,
                                           ReadEntry&& read_entry)
{
    for (;;) {
        const WalkStep step = walk_step(position, read_entry(entry_address(position, address)), mode);
        if (step.kind != WalkStep::Kind::descend) return step;
        position = step.next;
    }
}

} // namespace drywalk::x86
