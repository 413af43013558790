// SPDX-License-Identifier: MIT
// The tables by which a host translates guest-physical addresses, as the hypervisor's software builds and edits them in
// simulated memory. [intel/vol3] 28.2.2; [amd/vol2] 15.25
#pragma once

#include "models/machine/mmu_profile.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/x86/entry.hpp"

#include <cstdint>

namespace drywalk::mmu {

/// Bytes of memory that tables take which map a guest of `guest_bytes` in pages of the profile's size; 0 without a
/// host.
[[nodiscard]] std::uint64_t host_table_bytes(const machine::NestedProfile& profile, std::uint64_t guest_bytes);

class HostTables {
public:
    /// New tables, which map nothing, from `first_table` up in `memory`, which outlives this.
    HostTables(memory::PhysicalMemory& memory, x86::PhysicalAddress first_table);

    [[nodiscard]] x86::PhysicalAddress root() const { return root_; }
    /// Maps the page of `size` at `page` to the host's `frame`, with all rights; another mapping of it is replaced.
    /// Both are aligned. What is cached of the old one stays cached until it is invalidated.
    void map(x86::GuestPhysicalAddress page, x86::PhysicalAddress frame, x86::PageSize size);
    /// Takes a mapping of `size` away.
    void unmap(x86::GuestPhysicalAddress page, x86::PageSize size);

private:
    [[nodiscard]] x86::PhysicalAddress slot(x86::GuestPhysicalAddress page, x86::Level level);
    [[nodiscard]] x86::PhysicalAddress new_table();

    memory::PhysicalMemory& memory_;
    x86::PhysicalAddress next_table_;
    x86::PhysicalAddress root_;
};

/// The usual host: the guest's memory is the host's from 0 on, and its tables lie right above, in `memory` of at least
/// `guest_bytes` + host_table_bytes(). Returns their root.
[[nodiscard]] x86::PhysicalAddress
map_guest_to_itself(memory::PhysicalMemory& memory, const machine::NestedProfile& profile, std::uint64_t guest_bytes);

} // namespace drywalk::mmu
