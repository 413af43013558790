// SPDX-License-Identifier: MIT
#include "models/mmu/host_tables.hpp"

#include "models/x86/guest_walk.hpp"

namespace drywalk::mmu {

using x86::Entry;
using x86::GuestPhysicalAddress;
using x86::Level;
using x86::PhysicalAddress;

namespace {

/// Everything allowed and already marked as used: hosts write these flags at most once.
constexpr x86::LeafAttributes host_page{.rights = {}, .accessed = true, .dirty = true};

} // namespace

/// Enough for one entry per page, and the levels above.
std::uint64_t host_table_bytes(const machine::NestedProfile& profile, std::uint64_t guest_bytes)
{
    if (!profile.on) return 0;
    std::uint64_t tables = 0;
    for (Level level = leaf_level(profile.host_page_size);; level = above(level)) {
        const unsigned covered = index_shift(level) + 9; // address bits that one table spans
        tables += (guest_bytes >> covered) + 1;
        if (level == x86::root_level) return tables * x86::small_page_bytes;
    }
}

HostTables::HostTables(memory::PhysicalMemory& memory, PhysicalAddress first_table)
    : memory_{memory}, next_table_{first_table}, root_{new_table()}
{
}

PhysicalAddress HostTables::new_table()
{
    const PhysicalAddress table = next_table_;
    next_table_ = next_table_ + x86::small_page_bytes;
    return table;
}

/// Where the entry for `page` at `level` lies; what leads to it is made.
PhysicalAddress HostTables::slot(GuestPhysicalAddress page, Level level)
{
    x86::WalkPosition position{.level = x86::root_level, .table = root_, .rights = {}};
    while (position.level != level) {
        const PhysicalAddress here = entry_address(position, page);
        if (!Entry{memory_.read(here)}.present())
            memory_.write(here, Entry::table(new_table()).with(Entry::accessed_bit).raw());
        position = {.level = below(position.level), .table = Entry{memory_.read(here)}.next_table(), .rights = {}};
    }
    return entry_address(position, page);
}

void HostTables::map(GuestPhysicalAddress page, PhysicalAddress frame, x86::PageSize size)
{
    memory_.write(slot(page, leaf_level(size)), Entry::leaf(frame, size, host_page).raw());
}

void HostTables::unmap(GuestPhysicalAddress page, x86::PageSize size)
{
    memory_.write(slot(page, leaf_level(size)), 0);
}

PhysicalAddress map_guest_to_itself(memory::PhysicalMemory& memory, const machine::NestedProfile& profile,
                                    std::uint64_t guest_bytes)
{
    HostTables tables{memory, PhysicalAddress{guest_bytes}};
    for (std::uint64_t page = 0; page < guest_bytes; page += page_bytes(profile.host_page_size))
        tables.map(GuestPhysicalAddress{page}, PhysicalAddress{page}, profile.host_page_size);
    return tables.root();
}

} // namespace drywalk::mmu
