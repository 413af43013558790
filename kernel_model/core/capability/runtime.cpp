// SPDX-License-Identifier: MIT
#include "kernel_model/core/capability/runtime.hpp"

namespace drywalk::kernel {

using x86::PhysicalAddress;

Refusal Runtime::keep(Kept kind, PhysicalAddress frame) const
{
    const std::uint64_t count = kept_count(kind);
    if (first_kept(kind) + count == end_of_kept(kind)) return Refusal::out_of_memory;
    set_word(first_kept(kind) + count, frame.value());
    set_word(count_field(kind), count + 1);
    return Refusal::none;
}

Result<PhysicalAddress> RuntimeTables::allocate_table()
{
    const hal::PathScope path{hal::Path::new_table};
    const Result<PhysicalAddress> table = heap_.allocate_table();
    if (!table.ok()) return table;
    const Refusal refusal = runtime_.keep(kind_, table.value());
    if (refusal == Refusal::none) return table;
    heap_.release_table(table.value());
    return refusal;
}

} // namespace drywalk::kernel
