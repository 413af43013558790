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
    /// Not `indexed`: every search goes way by way; what it finds is the same.
    TlbArray(const machine::TlbArrayProfile& profile, std::uint64_t seed, bool indexed = true);

    [[nodiscard]] bool holds(x86::PageSize size) const { return profile_.holds[static_cast<unsigned>(size)]; }
    /// `level` is above Level::pte and below Level::pml5e.
    [[nodiscard]] bool holds(x86::Level level) const { return profile_.holds_structures[level_position(level) - 1]; }

    /// The entry that serves `address` under `pcid`, now the most recent of its set; null if there is none. Where
    /// entries of several sizes match, the smallest page wins.
    [[nodiscard]] TlbEntry* find(CachedAddress address, std::uint16_t pcid)
    {
        const TlbSlot slot = locate(address, pcid);
        return slot ? &use(slot) : nullptr;
    }
    /// The same without the use.
    [[nodiscard]] TlbSlot locate(CachedAddress address, std::uint16_t pcid) const
    {
        for (const machine::Held size : {machine::Held::page_4k, machine::Held::page_2m, machine::Held::page_1g}) {
            if (!has(size)) continue;
            if (const TlbSlot slot = locate(size, address, pcid)) return slot;
        }
        return {};
    }
    /// Of one kind.
    [[nodiscard]] TlbSlot locate(machine::Held what, CachedAddress address, std::uint16_t pcid) const
    {
        const std::uint64_t key = key_of(what, address);
        if (!buckets_.empty()) {
            const Bucket& known = bucket(key);
            if (known.count == 0 || (known.count == 1 && keys_[known.slots] != key)) return {};
        }
        const std::uint32_t set = set_of(what, address);
        const std::uint32_t way = way_of(key, set, [&](const TlbEntry& entry) { return matches(entry, pcid); });
        return way == ways_ ? TlbSlot{} : TlbSlot{set * ways_ + way, set, way};
    }

    /// Whether there is any entry of the kind.
    [[nodiscard]] bool has(machine::Held what) const
    {
        return (kinds_present_ >> static_cast<unsigned>(what) & 1) != 0;
    }
    /// The structure entry that covers `address` at `level`, now the most recent of its set if the profile says so.
    [[nodiscard]] TlbEntry* find_structure(CachedAddress address, x86::Level level, std::uint16_t pcid)
    {
        const TlbSlot slot = locate(machine::held(level), address, pcid);
        if (!slot) return nullptr;
        return profile_.structure_hit_is_use ? &use(slot) : &entries_[slot.index];
    }

    /// The entry in a slot that locate() gave; a use of it.
    TlbEntry& use(const TlbSlot& slot)
    {
        replacement_.touch(slot.set, slot.way);
        return entries_[slot.index];
    }
    /// Whether `slot` still holds a page that serves `address` under `pcid`.
    [[nodiscard]] bool still_serves(const TlbSlot& slot, CachedAddress address, std::uint16_t pcid) const
    {
        const TlbEntry& entry = entries_[slot.index];
        return keys_[slot.index] == key_of(machine::held(entry.held_size), address) && matches(entry, pcid);
    }

    /// Puts `entry` in, over the one for the same page and tag if there is one; `missed`: there is none, a search said
    /// so. Returns the entry, and copies a page that had to make room to `evicted`, if that is not null.
    TlbEntry& insert(const TlbEntry& entry, bool missed = false, std::optional<TlbEntry>* evicted = nullptr)
    {
        return put(machine::held(entry.held_size), entry, missed, evicted);
    }
    /// The same for a paging structure.
    TlbEntry& insert_structure(const StructureEntry& structure, std::optional<TlbEntry>* evicted = nullptr);
    /// Takes out the pages of linear addresses that the removal demands, and nothing else.
    void remove(const x86::Removal& removal);
    /// Takes out the structure entries of linear addresses that the removal demands, and nothing else.
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
    static constexpr std::uint64_t guest_physical_key = 0b1000; ///< set in the keys of that domain
    static constexpr unsigned page_kinds = 0b000'111;           ///< of kinds_present_
    /// Sets of more ways are not searched way by way unless they must be.
    static constexpr std::uint32_t most_searched_ways = 1;

    /// The keys of one hash: how many are in use, and the XOR of their slots, which for one key is its slot.
    struct Bucket {
        std::uint32_t slots = 0;
        std::uint32_t count = 0;
    };

    /// From bit 0 up: three bits for the kind, one for the domain, the number of the page or region.
    [[nodiscard]] static std::uint64_t key_of(machine::Held what, CachedAddress address)
    {
        constexpr std::uint64_t numbered = (std::uint64_t{1} << x86::widest_linear_bits) - 1;
        const std::uint64_t number = (address.value() & numbered) >> machine::held_shift(what);
        const auto kind = static_cast<std::uint64_t>(what) + 1;
        return number << 4 | (address.is_linear() ? kind : kind | guest_physical_key);
    }
    [[nodiscard]] static machine::Held kind_of(std::uint64_t key) { return static_cast<machine::Held>((key & 7) - 1); }
    [[nodiscard]] static bool is_page(std::uint64_t key)
    {
        return key != empty_key && kind_of(key) <= machine::Held::page_1g;
    }
    [[nodiscard]] static bool is_linear(std::uint64_t key) { return (key & guest_physical_key) == 0; }
    [[nodiscard]] static bool is_structure(std::uint64_t key) { return key != empty_key && !is_page(key); }
    [[nodiscard]] static bool matches(const TlbEntry& entry, std::uint16_t pcid)
    {
        return entry.translation.global || entry.pcid == pcid;
    }
    [[nodiscard]] Bucket& bucket(std::uint64_t key) { return buckets_[key * 0x9e37'79b9'7f4a'7c15 >> bucket_shift_]; }
    [[nodiscard]] const Bucket& bucket(std::uint64_t key) const
    {
        return buckets_[key * 0x9e37'79b9'7f4a'7c15 >> bucket_shift_];
    }
    [[nodiscard]] std::uint32_t set_of(machine::Held what, CachedAddress address) const
    {
        return selectors_[static_cast<unsigned>(what)].set_of(address);
    }

    /// The first way of `set` with this key whose entry `suits`, or ways_.
    template <typename Suits>
    [[nodiscard]] std::uint32_t way_of(std::uint64_t key, std::uint32_t set, Suits&& suits) const
    {
        const std::uint32_t first = set * ways_;
        if (!buckets_.empty() && bucket(key).count <= 1) {
            const Bucket& known = bucket(key);
            const bool found = known.count == 1 && keys_[known.slots] == key && suits(entries_[known.slots]);
            return found ? known.slots - first : ways_;
        }
        for (std::uint32_t way = 0; way < ways_; ++way) {
            if (keys_[first + way] == key && suits(entries_[first + way])) return way;
        }
        return ways_;
    }

    TlbEntry& put(machine::Held what, const TlbEntry& entry, bool missed, std::optional<TlbEntry>* evicted)
    {
        const std::uint64_t key = key_of(what, entry.held_base);
        const std::uint32_t set = set_of(what, entry.held_base);
        const std::uint32_t way = way_for(key, set, entry.pcid, missed);
        const std::uint32_t slot = set * ways_ + way;
        TlbEntry& place = entries_[slot];
        const std::uint64_t old = keys_[slot];
        if (old == empty_key) {
            occupy(slot, set);
            count(what);
        } else {
            const bool same = old == key && place.pcid == entry.pcid;
            if (evicted != nullptr && is_page(old) && !same) *evicted = place;
            if (kind_of(old) != what) {
                uncount(kind_of(old));
                count(what);
            }
            unindex(old, slot);
        }
        place = entry;
        keys_[slot] = key;
        has_fragments_ |= what <= machine::Held::page_1g && entry.held_size != entry.translation.size;
        index(key, slot);
        replacement_.touch(set, way);
        return place;
    }
    /// The way of the same page and tag, the first free way, or the one that the policy gives up.
    [[nodiscard]] std::uint32_t way_for(std::uint64_t key, std::uint32_t set, std::uint16_t pcid, bool missed)
    {
        if (!missed || searches_anyway_) {
            const std::uint32_t same = way_of(key, set, [&](const TlbEntry& entry) { return entry.pcid == pcid; });
            if (same != ways_) return same;
        }
        if (used_ways_[set] == ways_) return replacement_.victim(set);
        std::uint32_t way = 0;
        while (keys_[set * ways_ + way] != empty_key)
            ++way;
        return way;
    }

    void occupy(std::uint32_t slot, std::uint32_t set);
    void count(machine::Held what)
    {
        ++population_[static_cast<unsigned>(what)];
        kinds_present_ |= 1U << static_cast<unsigned>(what);
    }
    void uncount(machine::Held what)
    {
        if (--population_[static_cast<unsigned>(what)] == 0) kinds_present_ &= ~(1U << static_cast<unsigned>(what));
    }
    void index(std::uint64_t key, std::uint32_t slot)
    {
        if (buckets_.empty()) return;
        Bucket& known = bucket(key);
        known.slots ^= slot;
        ++known.count;
    }
    void unindex(std::uint64_t key, std::uint32_t slot)
    {
        if (buckets_.empty()) return;
        Bucket& known = bucket(key);
        known.slots ^= slot;
        --known.count;
    }
    void empty(std::uint32_t slot);
    void remove_page(const x86::Removal& removal);
    template <typename Demands>
    void empty_if(Demands&& demands);

    std::uint32_t ways_;
    bool searches_anyway_;       ///< does not believe that something was missed
    unsigned kinds_present_ = 0; ///< one bit a kind of which there is an entry
    unsigned bucket_shift_ = 0;
    std::vector<Bucket> buckets_;     ///< by hashed key; empty: all searches go way by way
    std::vector<std::uint64_t> keys_; ///< sets * ways, apart from the entries so that a search stays in few lines
    std::vector<TlbEntry> entries_;
    ReplacementState replacement_;
    std::array<SetSelector, machine::held_count> selectors_;
    std::vector<std::uint32_t> used_ways_;                        ///< by set
    std::vector<std::uint32_t> in_use_;                           ///< the slots that are, in no order
    std::vector<std::uint32_t> position_;                         ///< of each such slot in in_use_
    std::array<std::uint32_t, machine::held_count> population_{}; ///< by kind
    bool has_fragments_ = false;                                  ///< an entry may hold less than the page it came from
    machine::TlbArrayProfile profile_;
};

} // namespace drywalk::mmu
