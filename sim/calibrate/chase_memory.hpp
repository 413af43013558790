// SPDX-License-Identifier: MIT
// The memory of a simulated pointer chase: page tables that the kernel's own code builds, and caches that see every
// frame where chance put it.
#pragma once

#include "models/memory/hierarchy.hpp"
#include "models/memory/physical_memory.hpp"
#include "models/x86/control.hpp"
#include "sim/calibrate/pattern.hpp"
#include "sim/calibrate/random_order.hpp"

namespace drywalk::calibrate {

/// Caches behind a random placement of frames: which cache sets a page uses is chance, as on a system that has run for
/// a while, and the same at every run with the same seed.
class ScatteredCaches final : public memory::Port {
public:
    ScatteredCaches(const memory::HierarchyProfile& profile, std::uint64_t seed)
        : caches_{profile}, frames_{std::uint64_t{1} << 32, seed}
    {
    }

    memory::Service access(x86::PhysicalAddress address) override
    {
        const std::uint64_t frame = frames_[address.value() / x86::small_page_bytes];
        return caches_.access(
            x86::PhysicalAddress{frame * x86::small_page_bytes + address.offset(x86::PageSize::size_4k)});
    }

private:
    memory::Hierarchy caches_;
    RandomOrder frames_;
};

/// Where the buffer of a chase starts.
inline constexpr x86::LinearAddress chase_buffer = x86::LinearAddress::truncate(0x1000'0000'0000);

/// How many paging structures there is room for.
inline constexpr std::uint64_t most_chase_tables = (std::uint64_t{1} << 18) - 2;

/// Page tables that map what `pattern` touches, and nothing else. Data has frames but no contents.
class ChaseTables {
public:
    /// `pattern` takes at most most_chase_tables.
    explicit ChaseTables(const Pattern& pattern);

    [[nodiscard]] memory::PhysicalMemory& memory() { return memory_; }
    /// Long mode, ring 3 may read and write the buffer.
    [[nodiscard]] x86::PagingMode mode() const;

private:
    memory::PhysicalMemory memory_;
    x86::PhysicalAddress root_;
};

} // namespace drywalk::calibrate
