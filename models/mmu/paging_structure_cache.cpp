// SPDX-License-Identifier: MIT
#include "models/mmu/paging_structure_cache.hpp"

namespace drywalk::mmu {

using x86::Level;

namespace {

constexpr std::array structure_levels{Level::pde, Level::pdpte, Level::pml4e};

[[nodiscard]] std::uint32_t capacity(const machine::PagingStructureCacheProfile& profile, Level level)
{
    if (level == Level::pde) return profile.pde;
    return level == Level::pdpte ? profile.pdpte : profile.pml4e;
}

/// The arrays of the profile; where it gives counts, one fully associative array each.
[[nodiscard]] std::vector<machine::TlbArrayProfile> arrays_of(const machine::PagingStructureCacheProfile& profile)
{
    if (!profile.arrays.empty()) return profile.arrays;
    std::vector<machine::TlbArrayProfile> arrays;
    for (const Level level : structure_levels) {
        if (capacity(profile, level) == 0) continue;
        machine::TlbArrayProfile& array = arrays.emplace_back();
        array.ways = capacity(profile, level);
        array.holds_structures[level_position(level) - 1] = true;
    }
    return arrays;
}

} // namespace

PagingStructureCaches::PagingStructureCaches(const machine::PagingStructureCacheProfile& profile, std::uint64_t seed,
                                             Tlb* tlb, bool fast_path)
    : tlb_{tlb}
{
    for (const machine::TlbArrayProfile& array : arrays_of(profile))
        arrays_.emplace_back(array, seed, fast_path);
    for (const Level level : structure_levels) {
        Place& place = places_[level_position(level)];
        if (tlb != nullptr && tlb->holds(level)) place.home = Home::tlb;
        for (std::size_t index = 0; index < arrays_.size() && place.home == Home::none; ++index) {
            if (arrays_[index].holds(level)) place = {Home::own, index};
        }
    }
    remembers_ = fast_path && places_[level_position(Level::pde)].home == Home::own;
}

void PagingStructureCaches::insert(const StructureEntry& structure)
{
    last_.entry = nullptr;
    const Place& place = places_[level_position(structure.level)];
    if (place.home == Home::own) arrays_[place.array].insert_structure(structure);
    if (place.home == Home::tlb) tlb_->insert_structure(structure);
}

void PagingStructureCaches::remove(const x86::Removal& removal)
{
    last_.entry = nullptr;
    for (TlbArray& array : arrays_)
        array.remove_structures(removal);
    if (tlb_ != nullptr) tlb_->remove_structures(removal);
}

void PagingStructureCaches::clear()
{
    remove(x86::remove_everything);
    for (TlbArray& array : arrays_)
        array.clear();
}

} // namespace drywalk::mmu
