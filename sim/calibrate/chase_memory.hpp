// SPDX-License-Identifier: MIT
// The memory of a simulated pointer chase: page tables that the kernel's own code builds.
#pragma once

#include "models/machine/mmu_profile.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/x86/control.hpp"
#include "sim/calibrate/pattern.hpp"

namespace drywalk::calibrate {

/// Where the buffer of a chase starts.
inline constexpr x86::LinearAddress chase_buffer = x86::LinearAddress::truncate(0x1000'0000'0000);

/// How many paging structures there is room for.
inline constexpr std::uint64_t most_chase_tables = (std::uint64_t{1} << 18) - 2;

/// The order in which frames are given to the pages of a buffer.
enum class FrameOrder : std::uint8_t {
    ascending, ///< one after another; PlacedCaches scatters them
    scattered, ///< anywhere in the machine's memory, for a guest: its host's tables are walked by these addresses
};

/// Page tables that map what `pattern` touches, and nothing else, in memory with room for that. A buffer that is used
/// whole has a frame for each of its pages, touched or not; of the others only the touched pages have one. Data has
/// frames but no contents.
class ChaseTables {
public:
    /// `pattern` takes at most most_chase_tables. If `host` is on, its tables lie above what is the guest's then.
    ChaseTables(const Pattern& pattern, const machine::NestedProfile& host, FrameOrder order, std::uint64_t seed);

    [[nodiscard]] memory::PhysicalMemory& memory() { return memory_; }
    /// Of the host's tables.
    [[nodiscard]] x86::PhysicalAddress host_root() const { return host_root_; }
    /// Long mode, ring 3 may read and write the buffer.
    [[nodiscard]] x86::PagingMode mode() const;

private:
    memory::PhysicalMemory memory_;
    x86::PhysicalAddress root_;
    x86::PhysicalAddress host_root_;
};

} // namespace drywalk::calibrate
