// SPDX-License-Identifier: MIT
#include "models/mmu/tlb_array.hpp"

namespace drywalk::mmu {

using x86::LinearAddress;
using x86::PageSize;

TlbArray::TlbArray(const TlbArrayProfile& profile, std::uint64_t seed)
    : profile_{profile}, replacement_{profile.replacement, profile.sets, profile.ways, seed, profile.tree_groups},
      keys_(static_cast<std::size_t>(profile.sets) * profile.ways), entries_(keys_.size()), position_(keys_.size()),
      used_ways_(profile.sets)
{
    for (unsigned what = 0; what < held_count; ++what)
        selectors_[what] = SetSelector{profile, static_cast<Held>(what)};
    in_use_.reserve(keys_.size());
    if (profile.ways > most_searched_ways) keys_by_hash_.resize(std::size_t{1} << absence_bits);
}

TlbEntry& TlbArray::insert(const TlbEntry& entry, std::optional<TlbEntry>* evicted)
{
    return put(held(entry.held_size), entry, evicted);
}

TlbEntry& TlbArray::insert_structure(LinearAddress linear, x86::Level level, std::uint16_t pcid,
                                     const x86::WalkPosition& next, const TablesState& agrees_with,
                                     std::optional<TlbEntry>* evicted)
{
    const unsigned shift = index_shift(level);
    TlbEntry entry;
    entry.translation.page = next.table;
    entry.translation.rights = next.rights;
    entry.tag.base = LinearAddress::truncate(linear.value() >> shift << shift);
    entry.tag.pcid = pcid;
    entry.held_base = entry.tag.base;
    entry.agrees_with = agrees_with;
    return put(held(level), entry, evicted);
}

TlbEntry& TlbArray::put(Held what, const TlbEntry& entry, std::optional<TlbEntry>* evicted)
{
    const std::uint64_t key = key_of(what, entry.held_base);
    const std::uint32_t set = selectors_[static_cast<unsigned>(what)].set_of(entry.held_base);
    const std::uint32_t way = way_for(key, set, entry.tag.pcid);
    const std::uint32_t slot = set * profile_.ways + way;
    TlbEntry& place = entries_[slot];
    if (keys_[slot] != empty_key) {
        const bool same = keys_[slot] == key && place.tag.pcid == entry.tag.pcid;
        if (evicted != nullptr && is_page(keys_[slot]) && !same) *evicted = place;
        empty(slot);
    }
    place = entry;
    occupy(slot, key);
    replacement_.touch(set, way);
    return place;
}

/// The way of the same page and tag, the first free way, or the one that the policy gives up.
std::uint32_t TlbArray::way_for(std::uint64_t key, std::uint32_t set, std::uint16_t pcid)
{
    const std::uint32_t first = set * profile_.ways;
    const bool absent = !keys_by_hash_.empty() && keys_by_hash_[absence_index(key)] == 0;
    if (!absent) {
        for (std::uint32_t way = 0; way < profile_.ways; ++way) {
            if (keys_[first + way] == key && entries_[first + way].tag.pcid == pcid) return way;
        }
    }
    if (used_ways_[set] == profile_.ways) return replacement_.victim(set);
    std::uint32_t way = 0;
    while (keys_[first + way] != empty_key)
        ++way;
    return way;
}

void TlbArray::occupy(std::uint32_t slot, std::uint64_t key)
{
    keys_[slot] = key;
    position_[slot] = static_cast<std::uint32_t>(in_use_.size());
    in_use_.push_back(slot);
    ++used_ways_[slot / profile_.ways];
    ++population_[static_cast<unsigned>(kind_of(key))];
    if (!keys_by_hash_.empty()) ++keys_by_hash_[absence_index(key)];
    if (is_page(key) && entries_[slot].held_size != entries_[slot].tag.size) ++fragments_;
}

void TlbArray::empty(std::uint32_t slot)
{
    const std::uint64_t key = keys_[slot];
    if (is_page(key) && entries_[slot].held_size != entries_[slot].tag.size) --fragments_;
    if (!keys_by_hash_.empty()) --keys_by_hash_[absence_index(key)];
    --population_[static_cast<unsigned>(kind_of(key))];
    --used_ways_[slot / profile_.ways];
    const std::uint32_t last = in_use_.back();
    in_use_[position_[slot]] = last;
    position_[last] = position_[slot];
    in_use_.pop_back();
    keys_[slot] = empty_key;
}

template <typename Demands>
void TlbArray::empty_if(Demands&& demands)
{
    for (std::size_t index = in_use_.size(); index-- > 0;) {
        const std::uint32_t slot = in_use_[index];
        if (demands(keys_[slot], entries_[slot])) empty(slot);
    }
}

void TlbArray::remove(const x86::Removal& removal)
{
    if (removal.translations == x86::Reach::nothing || in_use_.empty()) return;
    if (removal.translations == x86::Reach::page && fragments_ == 0) {
        remove_page(removal);
        return;
    }
    empty_if([&](std::uint64_t key, const TlbEntry& entry) {
        return is_page(key) && removes_translation(removal, entry.tag);
    });
}

/// Whole pages lie in the sets of their own address.
void TlbArray::remove_page(const x86::Removal& removal)
{
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
        const auto kind = static_cast<unsigned>(size);
        if (population_[kind] == 0) continue;
        const std::uint64_t key = key_of(held(size), removal.linear);
        const std::uint32_t first = selectors_[kind].set_of(removal.linear) * profile_.ways;
        for (std::uint32_t slot = first; slot < first + profile_.ways; ++slot) {
            if (keys_[slot] == key && removes_translation(removal, entries_[slot].tag)) empty(slot);
        }
    }
}

void TlbArray::remove_structures(const x86::Removal& removal)
{
    const std::uint64_t structures = population_[3] + population_[4] + population_[5];
    if (removal.structures == x86::Reach::nothing || structures == 0) return;
    empty_if([&](std::uint64_t key, const TlbEntry& entry) {
        if (!is_structure(key)) return false;
        const auto level = static_cast<x86::Level>(static_cast<unsigned>(kind_of(key)) - 1);
        return removes_structure(removal, entry.tag.base, level, entry.tag.pcid);
    });
}

void TlbArray::drop(LinearAddress linear)
{
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
        const auto kind = static_cast<unsigned>(size);
        if (population_[kind] == 0) continue;
        const std::uint64_t key = key_of(held(size), linear);
        const std::uint32_t first = selectors_[kind].set_of(linear) * profile_.ways;
        for (std::uint32_t slot = first; slot < first + profile_.ways; ++slot) {
            if (keys_[slot] == key) empty(slot);
        }
    }
}

void TlbArray::take(const TlbEntry& same)
{
    const std::uint64_t key = key_of(held(same.held_size), same.held_base);
    const std::uint32_t first =
        selectors_[static_cast<unsigned>(same.held_size)].set_of(same.held_base) * profile_.ways;
    for (std::uint32_t slot = first; slot < first + profile_.ways; ++slot) {
        if (keys_[slot] == key && entries_[slot].tag.pcid == same.tag.pcid) empty(slot);
    }
}

void TlbArray::clear()
{
    empty_if([](std::uint64_t, const TlbEntry&) { return true; });
}

} // namespace drywalk::mmu
