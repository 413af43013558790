// SPDX-License-Identifier: MIT
#include "models/mmu/tlb.hpp"

namespace drywalk::mmu {

TlbLevel::TlbLevel(const std::vector<TlbArrayProfile>& arrays, std::uint64_t seed)
{
    for (const TlbArrayProfile& array : arrays)
        arrays_.emplace_back(array, seed);
}

void TlbLevel::insert(const TlbEntry& entry)
{
    for (TlbArray& array : arrays_) {
        if (!array.holds(entry.held_size)) continue;
        array.insert(entry);
        return;
    }
}

void TlbLevel::remove(const x86::Removal& removal)
{
    for (TlbArray& array : arrays_)
        array.remove(removal);
}

void TlbLevel::drop(x86::LinearAddress linear)
{
    for (TlbArray& array : arrays_)
        array.drop(linear);
}

void TlbLevel::clear()
{
    for (TlbArray& array : arrays_)
        array.clear();
}

std::uint64_t TlbLevel::population() const
{
    std::uint64_t sum = 0;
    for (const TlbArray& array : arrays_)
        sum += array.population();
    return sum;
}

Tlb::Tlb(const Profile& profile)
    : l1_data_{profile.l1_data, profile.seed}, l1_fetch_{profile.l1_fetch, profile.seed}, l2_data_{profile.l2_data,
                                                                                                   profile.seed},
      l2_fetch_{profile.l2_fetch, profile.seed}, l2_unified_{profile.l2_unified}
{
}

Tlb::Hit Tlb::find_l2(x86::LinearAddress linear, bool fetch, std::uint16_t pcid)
{
    TlbLevel& second = l2(fetch);
    TlbEntry* const entry = second.find(linear, pcid);
    if (entry == nullptr) return {};
    TlbLevel& first = fetch ? l1_fetch_ : l1_data_;
    first.insert(*entry);
    return {entry, Source::l2};
}

void Tlb::insert(const TlbEntry& entry, bool fetch)
{
    (fetch ? l1_fetch_ : l1_data_).insert(entry);
    l2(fetch).insert(entry);
}

void Tlb::remove(const x86::Removal& removal)
{
    for (TlbLevel* level : {&l1_data_, &l1_fetch_, &l2_data_, &l2_fetch_})
        level->remove(removal);
}

void Tlb::drop(x86::LinearAddress linear, bool fetch)
{
    (fetch ? l1_fetch_ : l1_data_).drop(linear);
    l2(fetch).drop(linear);
}

void Tlb::clear()
{
    for (TlbLevel* level : {&l1_data_, &l1_fetch_, &l2_data_, &l2_fetch_})
        level->clear();
}

std::uint64_t Tlb::population() const
{
    return l1_data_.population() + l1_fetch_.population() + l2_data_.population() + l2_fetch_.population();
}

} // namespace drywalk::mmu
