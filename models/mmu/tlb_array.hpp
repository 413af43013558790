// SPDX-License-Identifier: MIT
// One set-associative array of translations, of paging-structure entries, or of both side by side.
#pragma once

#include "models/mmu/replacement.hpp"
#include "models/mmu/set_selector.hpp"
#include "models/mmu/tlb_entry.hpp"

#include <array>
#include <optional>
#include <vector>

namespace drywalk::mmu {

/// Where an entry lies in its array.
struct TlbSlot {
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    std::uint32_t index = none; ///< set * ways + way
    std::uint32_t set = 0;
    std::uint32_t way = 0;
    [[nodiscard]] explicit operator bool() const { return index != none; }
};

class TlbArray {
public:
    TlbArray(const TlbArrayProfile& profile, std::uint64_t seed);

    [[nodiscard]] bool holds(x86::PageSize size) const { return profile_.holds[static_cast<unsigned>(size)]; }
    /// `level` is above Level::pte.
    [[nodiscard]] bool holds(x86::Level level) const { return profile_.holds_structures[level_position(level) - 1]; }

    /// The entry that serves `linear` under `pcid`, now the most recent of its set; null if there is none. Where
    /// entries of several sizes match, the smallest page wins.
    [[nodiscard]] TlbEntry* find(x86::LinearAddress linear, std::uint16_t pcid)
    {
        const TlbSlot slot = locate(linear, pcid);
        return slot ? &use(slot) : nullptr;
    }
    /// The same without the use.
    [[nodiscard]] TlbSlot locate(x86::LinearAddress linear, std::uint16_t pcid) const
    {
        for (unsigned size = 0; size < x86::page_size_count; ++size) {
            if (population_[size] == 0) continue;
            if (const TlbSlot slot = locate(static_cast<Held>(size), linear, pcid)) return slot;
        }
        return {};
    }
    /// The structure entry that covers `linear` at `level`, now the most recent of its set.
    [[nodiscard]] TlbEntry* find_structure(x86::LinearAddress linear, x86::Level level, std::uint16_t pcid)
    {
        const TlbSlot slot = locate(held(level), linear, pcid);
        return slot ? &use(slot) : nullptr;
    }

    /// The entry in a slot that locate() gave; a use of it.
    TlbEntry& use(const TlbSlot& slot)
    {
        replacement_.touch(slot.set, slot.way);
        return entries_[slot.index];
    }
    /// Whether `slot` still holds a page that serves `linear`, taken as the start of a 4 KiB page, under `pcid`.
    [[nodiscard]] bool still_serves(const TlbSlot& slot, x86::LinearAddress linear, std::uint16_t pcid) const
    {
        const TlbEntry& entry = entries_[slot.index];
        return keys_[slot.index] == key_of(held(entry.held_size), linear) && matches(entry, pcid);
    }

    /// Puts `entry` in, over the one for the same page and tag if there is one. Returns the entry, and copies a page
    /// that had to make room to `evicted`, if that is not null.
    TlbEntry& insert(const TlbEntry& entry, std::optional<TlbEntry>* evicted = nullptr);
    /// The same for what a walk of `linear` found at `level`: that it goes on at `next`.
    TlbEntry& insert_structure(x86::LinearAddress linear, x86::Level level, std::uint16_t pcid,
                               const x86::WalkPosition& next, const TablesState& agrees_with,
                               std::optional<TlbEntry>* evicted = nullptr);
    /// Takes out the pages that the removal demands, and nothing else.
    void remove(const x86::Removal& removal);
    /// Takes out the structure entries that the removal demands, and nothing else.
    void remove_structures(const x86::Removal& removal);
    /// Takes out the pages that were held for `linear`, whatever their tag.
    void drop(x86::LinearAddress linear);
    /// Takes out the entry of the same page and tag.
    void take(const TlbEntry& same);
    void clear();

    /// How many entries are in use: pages and structures.
    [[nodiscard]] std::uint64_t population() const { return in_use_.size(); }

private:
    static constexpr std::uint64_t empty_key = 0;
    /// Arrays of more ways are not searched for what a count of hashed keys shows to be absent.
    static constexpr std::uint32_t most_searched_ways = 16;
    static constexpr unsigned absence_bits = 10;

    [[nodiscard]] static std::uint64_t key_of(Held what, x86::LinearAddress linear)
    {
        constexpr std::uint64_t linear_mask = (std::uint64_t{1} << x86::linear_bits) - 1;
        const auto kind = static_cast<std::uint64_t>(what);
        return (linear.value() & linear_mask) >> held_shift(what) << 3 | (kind + 1);
    }
    [[nodiscard]] static Held kind_of(std::uint64_t key) { return static_cast<Held>((key & 7) - 1); }
    [[nodiscard]] static bool is_page(std::uint64_t key) { return key != empty_key && kind_of(key) <= Held::page_1g; }
    [[nodiscard]] static bool is_structure(std::uint64_t key) { return key != empty_key && !is_page(key); }
    [[nodiscard]] static bool matches(const TlbEntry& entry, std::uint16_t pcid)
    {
        return entry.tag.global || entry.tag.pcid == pcid;
    }
    [[nodiscard]] static std::size_t absence_index(std::uint64_t key)
    {
        return key * 0x9e37'79b9'7f4a'7c15 >> (64 - absence_bits);
    }

    [[nodiscard]] TlbSlot locate(Held what, x86::LinearAddress linear, std::uint16_t pcid) const
    {
        const std::uint64_t key = key_of(what, linear);
        if (!keys_by_hash_.empty() && keys_by_hash_[absence_index(key)] == 0) return {};
        const std::uint32_t set = selectors_[static_cast<unsigned>(what)].set_of(linear);
        const std::uint32_t first = set * profile_.ways;
        for (std::uint32_t way = 0; way < profile_.ways; ++way) {
            if (keys_[first + way] == key && matches(entries_[first + way], pcid)) return {first + way, set, way};
        }
        return {};
    }

    TlbEntry& put(Held what, const TlbEntry& entry, std::optional<TlbEntry>* evicted);
    [[nodiscard]] std::uint32_t way_for(std::uint64_t key, std::uint32_t set, std::uint16_t pcid);
    void occupy(std::uint32_t slot, std::uint64_t key);
    void empty(std::uint32_t slot);
    void remove_page(const x86::Removal& removal);
    template <typename Demands>
    void empty_if(Demands&& demands);

    TlbArrayProfile profile_;
    std::array<SetSelector, held_count> selectors_;
    ReplacementState replacement_;
    std::vector<std::uint64_t> keys_; ///< sets * ways, apart from the entries so that a search stays in few lines
    std::vector<TlbEntry> entries_;
    std::vector<std::uint32_t> in_use_;                  ///< the slots that are, in no order
    std::vector<std::uint32_t> position_;                ///< of each such slot in in_use_
    std::vector<std::uint16_t> keys_by_hash_;            ///< how many keys have each hash; empty: not counted
    std::vector<std::uint32_t> used_ways_;               ///< by set
    std::array<std::uint64_t, held_count> population_{}; ///< by kind
    std::uint64_t fragments_ = 0;                        ///< entries that hold less than the page they came from
};

} // namespace drywalk::mmu
