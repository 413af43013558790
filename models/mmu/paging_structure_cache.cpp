// SPDX-License-Identifier: MIT
#include "models/mmu/paging_structure_cache.hpp"

#include <algorithm>

namespace drywalk::mmu {

using x86::LinearAddress;
using x86::WalkPosition;

PagingStructureCaches::PagingStructureCaches(const PagingStructureCacheProfile& profile)
    : levels_{Level{x86::Level::pde, profile.pde, {}}, Level{x86::Level::pdpte, profile.pdpte, {}},
              Level{x86::Level::pml4e, profile.pml4e, {}}}
{
    for (Level& level : levels_)
        level.entries.reserve(level.capacity + 1);
}

std::optional<WalkPosition> PagingStructureCaches::find(LinearAddress linear, std::uint16_t pcid)
{
    for (Level& level : levels_) {
        const LinearAddress region = region_of(linear, level.level);
        const auto found = std::ranges::find_if(
            level.entries, [&](const Entry& entry) { return entry.region == region && entry.pcid == pcid; });
        if (found == level.entries.end()) continue;
        std::rotate(level.entries.begin(), found, found + 1);
        return level.entries.front().next;
    }
    return std::nullopt;
}

void PagingStructureCaches::insert(LinearAddress linear, x86::Level at, std::uint16_t pcid, const WalkPosition& next)
{
    Level& level = levels_[level_position(at) - 1];
    if (level.capacity == 0) return;
    const LinearAddress region = region_of(linear, at);
    std::erase_if(level.entries, [&](const Entry& entry) { return entry.region == region && entry.pcid == pcid; });
    if (level.entries.size() == level.capacity) level.entries.pop_back();
    level.entries.insert(level.entries.begin(), Entry{region, pcid, next});
}

void PagingStructureCaches::remove(const x86::Removal& removal)
{
    for (Level& level : levels_) {
        std::erase_if(level.entries, [&](const Entry& entry) {
            return removes_structure(removal, entry.region, level.level, entry.pcid);
        });
    }
}

void PagingStructureCaches::clear()
{
    for (Level& level : levels_)
        level.entries.clear();
}

} // namespace drywalk::mmu
