// SPDX-License-Identifier: MIT
#include "models/mmu/tlb.hpp"

#include <algorithm>

namespace drywalk::mmu {

using x86::AccessKind;
using x86::LinearAddress;

namespace {

/// The first array that holds the structure entries of `level`, or `none`.
[[nodiscard]] std::size_t home_of(const std::vector<machine::TlbArrayProfile>& arrays, x86::Level level,
                                  std::size_t none)
{
    if (level == x86::Level::pte || level > x86::Level::pml4e) return none;
    const auto holds = [&](const machine::TlbArrayProfile& array) {
        return array.holds_structures[level_position(level) - 1];
    };
    const auto home = std::ranges::find_if(arrays, holds);
    return home == arrays.end() ? none : static_cast<std::size_t>(home - arrays.begin());
}

} // namespace

TlbLevel::TlbLevel(const std::vector<machine::TlbArrayProfile>& arrays, std::uint64_t seed, bool fast_path)
{
    arrays_.reserve(arrays.size()); // they stay where they are from now on
    for (const machine::TlbArrayProfile& profile : arrays) {
        TlbArray* const array = &arrays_.emplace_back(profile, seed, fast_path);
        for (unsigned size = 0; size < x86::page_size_count; ++size) {
            if (profile.holds[size] && homes_[size] == nullptr) homes_[size] = array;
        }
    }
}

/// Adds `size`. The order of the searches is that of the arrays, in each of them from the smallest page up.
void TlbLevel::search_for(unsigned size)
{
    searched_[size] = true;
    searches_.clear();
    for (TlbArray& array : arrays_) {
        for (unsigned each = 0; each < x86::page_size_count; ++each) {
            if (searched_[each] && homes_[each] == &array)
                searches_.push_back({&array, static_cast<machine::Held>(each)});
        }
    }
}

[[gnu::flatten]] TlbEntry* TlbLevel::find_and_remember(LinearAddress linear, std::uint16_t pcid)
{
    const Place place = locate(linear, pcid);
    if (!place.slot) return nullptr;
    hint_for(linear) = {linear.page(), generation_, place};
    return &place.array->use(place.slot);
}

void TlbLevel::remove(const x86::Removal& removal)
{
    for (TlbArray& array : arrays_)
        array.remove(removal);
}

void TlbLevel::drop(LinearAddress linear)
{
    for (TlbArray& array : arrays_)
        array.drop(linear);
}

void TlbLevel::take(const TlbEntry& same)
{
    for (TlbArray& array : arrays_)
        array.take(same);
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

Tlb::Tlb(const machine::MmuProfile& profile, bool fast_path)
    : levels_{TlbLevel{profile.l1_data, profile.seed, fast_path}, TlbLevel{profile.l1_store, profile.seed, fast_path},
              TlbLevel{profile.l1_fetch, profile.seed, fast_path}, TlbLevel{profile.l2_data, profile.seed, fast_path},
              TlbLevel{profile.l2_fetch, profile.seed, fast_path}},
      first_{load, profile.l1_store.empty() ? load : store, fetch}, second_{second, second,
                                                                            profile.l2_unified ? second : second_fetch},
      relations_{profile.relations}, fast_path_{fast_path}
{
    for (unsigned position = 0; position < x86::level_count; ++position) {
        structure_homes_[position] = home_of(profile.l2_data, static_cast<x86::Level>(position + 1), no_home);
    }
}

[[gnu::flatten]] Tlb::Hit Tlb::find_l2(LinearAddress linear, AccessKind kind, std::uint16_t pcid)
{
    TlbEntry* const found = l2(kind).find(linear, pcid);
    if (found == nullptr) return {};
    if (!relations_.l2_hit_fills_l1) return {found, Source::l2, nullptr};
    if (!relations_.l2_hit_leaves_l2 && !relations_.l1_victims_go_to_l2) {
        TlbEntry* const copy = insert_l1(*found, kind, false);
        return copy == nullptr ? Hit{found, Source::l2, nullptr} : Hit{copy, Source::l2, found};
    }
    const TlbEntry moved = *found;
    if (relations_.l2_hit_leaves_l2 && l1(kind).holds(moved.held_size)) l2(kind).take(moved);
    TlbEntry* const copy = insert_l1(moved, kind, false);
    return {copy == nullptr ? found : copy, Source::l2, nullptr};
}

[[gnu::flatten]] void Tlb::insert(const TlbEntry& entry, AccessKind kind, bool missed)
{
    const bool kept = insert_l1(entry, kind, missed) != nullptr;
    if (relations_.walk_fills_l2 || !kept) insert_l2(entry, kind, missed);
}

TlbEntry* Tlb::insert_l1(const TlbEntry& entry, AccessKind kind, bool missed)
{
    if (!relations_.l1_victims_go_to_l2) return l1(kind).insert(entry, missed);
    std::optional<TlbEntry> victim;
    TlbEntry* const copy = l1(kind).insert(entry, missed, &victim);
    if (victim) insert_l2(*victim, kind, false);
    return copy;
}

void Tlb::insert_l2(const TlbEntry& entry, AccessKind kind, bool missed)
{
    if (!relations_.l2_inclusive) {
        l2(kind).insert(entry, missed);
        return;
    }
    std::optional<TlbEntry> victim;
    l2(kind).insert(entry, missed, &victim);
    if (victim) drop_from_l1(*victim, kind);
}

/// Inclusion: what the second level lost, no first level that it serves may keep.
void Tlb::drop_from_l1(const TlbEntry& victim, AccessKind kind)
{
    for (const AccessKind each : {AccessKind::read, AccessKind::write, AccessKind::fetch}) {
        if (second_[static_cast<unsigned>(each)] == second_[static_cast<unsigned>(kind)]) l1(each).take(victim);
    }
}

void Tlb::remove(const x86::Removal& removal)
{
    for (TlbLevel& level : levels_)
        level.remove(removal);
}

void Tlb::drop(LinearAddress linear, AccessKind kind)
{
    if (kind == AccessKind::fetch) {
        l1(kind).drop(linear);
    } else {
        levels_[load].drop(linear);
        levels_[store].drop(linear);
    }
    l2(kind).drop(linear);
}

void Tlb::clear()
{
    for (TlbLevel& level : levels_)
        level.clear();
}

std::uint64_t Tlb::population() const
{
    std::uint64_t sum = 0;
    for (const TlbLevel& level : levels_)
        sum += level.population();
    return sum;
}

void Tlb::insert_structure(const StructureEntry& structure)
{
    std::optional<TlbEntry> victim;
    structure_home(structure.level).insert_structure(structure, relations_.l2_inclusive ? &victim : nullptr);
    if (victim) drop_from_l1(*victim, AccessKind::read);
}

void Tlb::remove_structures(const x86::Removal& removal)
{
    for (TlbArray& array : levels_[second].arrays())
        array.remove_structures(removal);
}

} // namespace drywalk::mmu
