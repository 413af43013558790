// SPDX-License-Identifier: MIT
// One set-associative array of translations.
#pragma once

#include "models/mmu/replacement.hpp"
#include "models/mmu/tlb_entry.hpp"

#include <array>
#include <vector>

namespace drywalk::mmu {

class TlbArray {
public:
    TlbArray(const TlbArrayProfile& profile, std::uint64_t seed);

    [[nodiscard]] bool holds(x86::PageSize size) const { return profile_.holds[static_cast<unsigned>(size)]; }

    /// The entry that serves `linear` under `pcid`, now the most recent of its set; null if there is none. Where
    /// entries of several sizes match, the smallest page wins.
    [[nodiscard]] TlbEntry* find(x86::LinearAddress linear, std::uint16_t pcid)
    {
        for (unsigned size = 0; size < x86::page_size_count; ++size) {
            if (population_[size] == 0) continue;
            if (TlbEntry* const entry = find_sized(linear, static_cast<x86::PageSize>(size), pcid)) return entry;
        }
        return nullptr;
    }

    /// Puts `entry` in, over the one for the same page and tag if there is one.
    void insert(const TlbEntry& entry);
    /// Takes out what the removal demands.
    void remove(const x86::Removal& removal);
    /// Takes out what was held for `linear`, whatever its tag.
    void drop(x86::LinearAddress linear);
    void clear();

    /// How many entries are in use, for tests.
    [[nodiscard]] std::uint64_t population() const { return population_[0] + population_[1] + population_[2]; }

private:
    /// 0 marks an empty way.
    [[nodiscard]] static std::uint64_t key_of(std::uint64_t page_number, x86::PageSize size)
    {
        return page_number << 2 | (static_cast<std::uint64_t>(size) + 1);
    }
    [[nodiscard]] static std::uint64_t key_of(x86::LinearAddress linear, x86::PageSize size)
    {
        return key_of(linear.page_number(size), size);
    }
    [[nodiscard]] std::uint32_t set_of(std::uint64_t page_number, x86::PageSize size) const
    {
        switch (profile_.index) {
        case SetIndex::linear: break;
        case SetIndex::xor_fold: page_number ^= page_number >> set_bits_; break;
        case SetIndex::zen4_l2:
            if (size == x86::PageSize::size_4k) page_number = (page_number & 0x7f) | (page_number >> 9 & 1) << 7;
            break;
        }
        return static_cast<std::uint32_t>(page_number & (profile_.sets - 1));
    }

    [[nodiscard]] TlbEntry* find_sized(x86::LinearAddress linear, x86::PageSize size, std::uint16_t pcid)
    {
        const std::uint64_t number = linear.page_number(size);
        const std::uint64_t key = key_of(number, size);
        const std::uint32_t set = set_of(number, size);
        const std::size_t first = static_cast<std::size_t>(set) * profile_.ways;
        for (std::uint32_t way = 0; way < profile_.ways; ++way) {
            if (keys_[first + way] != key) continue;
            TlbEntry& entry = entries_[first + way];
            if (!entry.tag.global && entry.tag.pcid != pcid) continue;
            replacement_.touch(set, way);
            return &entry;
        }
        return nullptr;
    }

    [[nodiscard]] std::uint32_t way_for(std::size_t first, std::uint32_t set, const TlbEntry& entry);
    void empty(std::size_t slot);

    TlbArrayProfile profile_;
    unsigned set_bits_;
    ReplacementState replacement_;
    std::vector<std::uint64_t> keys_; ///< sets * ways, apart from the entries so that a search stays in few lines
    std::vector<TlbEntry> entries_;
    std::array<std::uint64_t, x86::page_size_count> population_{}; ///< by held size
    std::uint64_t fragments_ = 0; ///< entries that hold less than the page they came from
};

} // namespace drywalk::mmu
