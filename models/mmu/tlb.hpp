// SPDX-License-Identifier: MIT
// The TLB hierarchy: first-level arrays for loads, stores and fetches, a second level that may serve all of them.
#pragma once

#include "models/mmu/tlb_array.hpp"

#include <array>
#include <vector>

namespace drywalk::mmu {

/// Arrays that are looked up side by side.
class TlbLevel {
public:
    /// Without the fast path the arrays are not indexed.
    TlbLevel(const std::vector<machine::TlbArrayProfile>& arrays, std::uint64_t seed, bool fast_path = true);
    TlbLevel(const TlbLevel&) = delete;
    TlbLevel& operator=(const TlbLevel&) = delete;

    [[nodiscard]] bool exists() const { return !arrays_.empty(); }
    [[nodiscard]] std::vector<TlbArray>& arrays() { return arrays_; }
    [[nodiscard]] TlbEntry* find(x86::LinearAddress linear, std::uint16_t pcid)
    {
        const Place place = locate(linear, pcid);
        return place.slot ? &place.array->use(place.slot) : nullptr;
    }
    /// As find(), but looks first where the 4 KiB page was found the last time. The answer is the same.
    [[nodiscard]] TlbEntry* find_again(x86::LinearAddress linear, std::uint16_t pcid)
    {
        const Hint& hint = hint_for(linear);
        if (hint.page == linear.page() && hint.generation == generation_ &&
            hint.place.array->still_serves(hint.place.slot, linear, pcid)) {
            return &hint.place.array->use(hint.place.slot);
        }
        return find_and_remember(linear, pcid);
    }
    /// Where no array holds the entry's size, the level does not keep it and returns null. `missed` as for TlbArray.
    TlbEntry* insert(const TlbEntry& entry, bool missed = false, std::optional<TlbEntry>* evicted = nullptr)
    {
        TlbArray* const home = home_of(entry);
        return home == nullptr ? nullptr : &home->insert(entry, missed, evicted);
    }
    [[nodiscard]] bool holds(x86::PageSize size) const { return homes_[static_cast<unsigned>(size)] != nullptr; }
    void remove(const x86::Removal& removal);
    void drop(x86::LinearAddress linear);
    /// Takes out the entry of the same page and tag.
    void take(const TlbEntry& same);
    void clear();
    [[nodiscard]] std::uint64_t population() const;

private:
    struct Place {
        TlbArray* array = nullptr;
        TlbSlot slot;
    };
    /// Where a page is, unless the entry there has changed. An insertion that could come first in the order of the
    /// search makes those forget that it may concern.
    struct Hint {
        x86::LinearAddress page;
        std::uint64_t generation = 0; ///< another one than the level's: nothing known
        Place place;
    };
    static constexpr std::size_t hint_count = 128;

    [[nodiscard]] Hint& hint_for(CachedAddress address)
    {
        return hints_[(address.value() >> x86::page_shift(x86::PageSize::size_4k)) % hint_count];
    }
    /// One size of one array; all of them in the order in which they are searched.
    struct Search {
        TlbArray* array = nullptr;
        machine::Held size = machine::Held::page_4k;
    };

    [[nodiscard]] Place locate(x86::LinearAddress linear, std::uint16_t pcid) const
    {
        for (const Search& search : searches_) {
            if (const TlbSlot slot = search.array->locate(search.size, linear, pcid)) return {search.array, slot};
        }
        return {};
    }
    [[nodiscard]] TlbEntry* find_and_remember(x86::LinearAddress linear, std::uint16_t pcid);
    /// The array that is to keep a new entry, if one does; searches know of it from now on.
    [[nodiscard]] TlbArray* home_of(const TlbEntry& inserted)
    {
        const auto size = static_cast<unsigned>(inserted.held_size);
        if (!searched_[size]) search_for(size);
        forget(inserted);
        return homes_[size];
    }
    void search_for(unsigned size);
    void forget(const TlbEntry& inserted)
    {
        if (inserted.held_size == x86::PageSize::size_4k) {
            hint_for(inserted.held_base).generation = 0;
        } else {
            ++generation_;
        }
    }

    std::vector<TlbArray> arrays_;
    std::vector<Search> searches_; ///< only of sizes that were ever inserted, so that most levels search once
    std::array<bool, x86::page_size_count> searched_{};   ///< by size
    std::array<TlbArray*, x86::page_size_count> homes_{}; ///< by size, the array that keeps it, if one does
    std::array<Hint, hint_count> hints_{};
    std::uint64_t generation_ = 1;
};

class Tlb {
public:
    enum class Source : std::uint8_t { none, l1, l2 };
    struct Hit {
        TlbEntry* entry = nullptr;
        Source source = Source::none;
        TlbEntry* origin = nullptr; ///< the second level's own copy, if `entry` is another
    };

    /// Without the fast path every lookup searches; the answers are the same.
    explicit Tlb(const machine::MmuProfile& profile, bool fast_path = true);

    /// Looks in the first level, then in the second; what a hit there does to the first is machine::LevelRelations'
    /// business.
    [[nodiscard]] Hit find(x86::LinearAddress linear, x86::AccessKind kind, std::uint16_t pcid)
    {
        TlbLevel& first = l1(kind);
        TlbEntry* const entry = fast_path_ ? first.find_again(linear, pcid) : first.find(linear, pcid);
        if (entry == nullptr) return find_l2(linear, kind, pcid);
        if (relations_.l1_hit_touches_l2) static_cast<void>(l2(kind).find(linear, pcid));
        return {entry, Source::l1, nullptr};
    }

    /// Fills the levels after a walk. `missed`: both had just been searched for the same access, in vain.
    void insert(const TlbEntry& entry, x86::AccessKind kind, bool missed = false);
    void remove(const x86::Removal& removal);
    /// Takes `linear` out of the levels that serve `kind`; loads and stores are one side.
    void drop(x86::LinearAddress linear, x86::AccessKind kind);
    void clear();
    [[nodiscard]] std::uint64_t population() const;

    // Paging structures that lie in the second level's data arrays among the pages; fetches use the same.
    [[nodiscard]] bool holds(x86::Level level) const { return structure_homes_[level_position(level)] != no_home; }
    [[nodiscard]] TlbEntry* find_structure(CachedAddress address, x86::Level level, std::uint16_t pcid)
    {
        return structure_home(level).find_structure(address, level, pcid);
    }
    void insert_structure(const StructureEntry& structure);
    void remove_structures(const x86::Removal& removal);

private:
    enum Part : std::uint8_t { load, store, fetch, second, second_fetch };

    static constexpr std::size_t no_home = ~std::size_t{0};

    [[nodiscard]] TlbArray& structure_home(x86::Level level)
    {
        return levels_[second].arrays()[structure_homes_[level_position(level)]];
    }
    [[nodiscard]] TlbLevel& l1(x86::AccessKind kind) { return levels_[first_[static_cast<unsigned>(kind)]]; }
    [[nodiscard]] TlbLevel& l2(x86::AccessKind kind) { return levels_[second_[static_cast<unsigned>(kind)]]; }
    [[nodiscard]] Hit find_l2(x86::LinearAddress linear, x86::AccessKind kind, std::uint16_t pcid);
    TlbEntry* insert_l1(const TlbEntry& entry, x86::AccessKind kind, bool missed);
    void insert_l2(const TlbEntry& entry, x86::AccessKind kind, bool missed);
    void drop_from_l1(const TlbEntry& victim, x86::AccessKind kind);

    std::array<TlbLevel, 5> levels_; ///< by Part
    std::array<Part, 3> first_;      ///< by AccessKind
    std::array<Part, 3> second_;
    std::array<std::size_t, x86::level_count> structure_homes_; ///< which array of the second level, by level
    machine::LevelRelations relations_;
    bool fast_path_;
};

} // namespace drywalk::mmu
