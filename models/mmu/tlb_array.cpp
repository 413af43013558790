// SPDX-License-Identifier: MIT
#include "models/mmu/tlb_array.hpp"

#include <bit>

namespace drywalk::mmu {

using x86::LinearAddress;
using x86::PageSize;

TlbArray::TlbArray(const TlbArrayProfile& profile, std::uint64_t seed)
    : profile_{profile}, set_bits_{static_cast<unsigned>(std::countr_zero(profile.sets))},
      replacement_{profile.replacement, profile.sets, profile.ways, seed},
      keys_(static_cast<std::size_t>(profile.sets) * profile.ways), entries_(keys_.size())
{
}

void TlbArray::insert(const TlbEntry& entry)
{
    const std::uint64_t number = entry.held_base.page_number(entry.held_size);
    const std::uint32_t set = set_of(number, entry.held_size);
    const std::size_t first = static_cast<std::size_t>(set) * profile_.ways;
    const std::uint32_t way = way_for(first, set, entry);
    empty(first + way);
    keys_[first + way] = key_of(number, entry.held_size);
    entries_[first + way] = entry;
    ++population_[static_cast<unsigned>(entry.held_size)];
    if (entry.held_size != entry.tag.size) ++fragments_;
    replacement_.touch(set, way);
}

std::uint32_t TlbArray::way_for(std::size_t first, std::uint32_t set, const TlbEntry& entry)
{
    const std::uint64_t key = key_of(entry.held_base, entry.held_size);
    std::uint32_t free = profile_.ways;
    for (std::uint32_t way = profile_.ways; way-- > 0;) {
        if (keys_[first + way] == 0) free = way;
        if (keys_[first + way] == key && entries_[first + way].tag.pcid == entry.tag.pcid) return way;
    }
    return free != profile_.ways ? free : replacement_.victim(set);
}

void TlbArray::empty(std::size_t slot)
{
    if (keys_[slot] == 0) return;
    const TlbEntry& entry = entries_[slot];
    --population_[static_cast<unsigned>(entry.held_size)];
    if (entry.held_size != entry.tag.size) --fragments_;
    keys_[slot] = 0;
}

void TlbArray::remove(const x86::Removal& removal)
{
    if (removal.translations == x86::Reach::nothing || population() == 0) return;
    if (removal.translations == x86::Reach::page && fragments_ == 0) {
        for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
            const std::uint64_t number = removal.linear.page_number(size);
            const std::size_t first = static_cast<std::size_t>(set_of(number, size)) * profile_.ways;
            for (std::size_t slot = first; slot < first + profile_.ways; ++slot) {
                if (keys_[slot] != 0 && removes_translation(removal, entries_[slot].tag)) empty(slot);
            }
        }
        return;
    }
    for (std::size_t slot = 0; slot < keys_.size(); ++slot) {
        if (keys_[slot] != 0 && removes_translation(removal, entries_[slot].tag)) empty(slot);
    }
}

void TlbArray::drop(LinearAddress linear)
{
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
        const std::uint64_t number = linear.page_number(size);
        const std::uint64_t key = key_of(number, size);
        const std::size_t first = static_cast<std::size_t>(set_of(number, size)) * profile_.ways;
        for (std::size_t slot = first; slot < first + profile_.ways; ++slot) {
            if (keys_[slot] == key) empty(slot);
        }
    }
}

void TlbArray::clear()
{
    for (std::size_t slot = 0; slot < keys_.size(); ++slot)
        empty(slot);
}

} // namespace drywalk::mmu
