// SPDX-License-Identifier: MIT
#include "models/mmu/tlb_array.hpp"

#include <algorithm>

namespace drywalk::mmu {

using x86::LinearAddress;
using x86::PageSize;

namespace {

/// So many that most have one key or none.
[[nodiscard]] unsigned bucket_bits(std::size_t entries)
{
    constexpr std::size_t fewest = 512;
    return static_cast<unsigned>(std::countr_zero(std::bit_ceil(std::max(entries * 2, fewest))));
}

} // namespace

TlbArray::TlbArray(const machine::TlbArrayProfile& profile, std::uint64_t seed, bool indexed)
    : ways_{profile.ways}, searches_anyway_{!indexed}, keys_(static_cast<std::size_t>(profile.sets) * profile.ways),
      entries_(keys_.size()), replacement_{profile.replacement, profile.sets, profile.ways, seed, profile.tree_groups},
      used_ways_(profile.sets), position_(keys_.size()), profile_{profile}
{
    for (unsigned what = 0; what < machine::held_count; ++what)
        selectors_[what] = SetSelector{profile, static_cast<machine::Held>(what)};
    in_use_.reserve(keys_.size());
    if (!indexed || profile.ways <= most_searched_ways) return;
    buckets_.resize(std::size_t{1} << bucket_bits(keys_.size()));
    bucket_shift_ = 64 - bucket_bits(keys_.size());
}

TlbEntry& TlbArray::insert_structure(const StructureEntry& structure, std::optional<TlbEntry>* evicted)
{
    TlbEntry entry;
    entry.translation.page = structure.next.table;
    entry.translation.rights = structure.next.rights;
    entry.held_base = structure.address.region(structure.level);
    entry.pcid = structure.pcid;
    entry.frame = structure.frame;
    entry.agrees_with = structure.agrees_with;
    return put(machine::held(structure.level), entry, false, evicted);
}

void TlbArray::occupy(std::uint32_t slot, std::uint32_t set)
{
    position_[slot] = static_cast<std::uint32_t>(in_use_.size());
    in_use_.push_back(slot);
    ++used_ways_[set];
}

void TlbArray::empty(std::uint32_t slot)
{
    uncount(kind_of(keys_[slot]));
    unindex(keys_[slot], slot);
    --used_ways_[slot / ways_];
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
    if (removal.translations == x86::Reach::page && !has_fragments_) {
        remove_page(removal);
        return;
    }
    empty_if([&](std::uint64_t key, const TlbEntry& entry) {
        return is_page(key) && is_linear(key) && removes_translation(removal, entry.tag());
    });
}

/// Whole pages lie in the sets of their own address.
void TlbArray::remove_page(const x86::Removal& removal)
{
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
        if (population_[static_cast<unsigned>(size)] == 0) continue;
        const std::uint64_t key = key_of(machine::held(size), removal.linear);
        const std::uint32_t first = set_of(machine::held(size), removal.linear) * ways_;
        for (std::uint32_t slot = first; slot < first + ways_; ++slot) {
            if (keys_[slot] == key && removes_translation(removal, entries_[slot].tag())) empty(slot);
        }
    }
}

void TlbArray::remove_structures(const x86::Removal& removal)
{
    if (removal.structures == x86::Reach::nothing || (kinds_present_ & ~page_kinds) == 0) return;
    empty_if([&](std::uint64_t key, const TlbEntry& entry) {
        if (!is_structure(key) || !is_linear(key)) return false;
        const auto level = static_cast<x86::Level>(static_cast<unsigned>(kind_of(key)) - 1);
        return removes_structure(removal, entry.held_base.linear(), level, entry.pcid);
    });
}

void TlbArray::drop(LinearAddress linear)
{
    for (const PageSize size : {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g}) {
        if (population_[static_cast<unsigned>(size)] == 0) continue;
        const std::uint64_t key = key_of(machine::held(size), linear);
        const std::uint32_t first = set_of(machine::held(size), linear) * ways_;
        for (std::uint32_t slot = first; slot < first + ways_; ++slot) {
            if (keys_[slot] == key) empty(slot);
        }
    }
}

void TlbArray::take(const TlbEntry& same)
{
    const std::uint64_t key = key_of(machine::held(same.held_size), same.held_base);
    const std::uint32_t first = set_of(machine::held(same.held_size), same.held_base) * ways_;
    for (std::uint32_t slot = first; slot < first + ways_; ++slot) {
        if (keys_[slot] == key && entries_[slot].pcid == same.pcid) empty(slot);
    }
}

void TlbArray::clear()
{
    empty_if([](std::uint64_t, const TlbEntry&) { return true; });
    has_fragments_ = false;
}

} // namespace drywalk::mmu
