// SPDX-License-Identifier: MIT
// The TLB hierarchy: first-level arrays for data and for fetches, a second level that may serve both.
#pragma once

#include "models/mmu/tlb_array.hpp"

#include <span>
#include <vector>

namespace drywalk::mmu {

/// Arrays that are looked up side by side.
class TlbLevel {
public:
    TlbLevel(const std::vector<TlbArrayProfile>& arrays, std::uint64_t seed);

    [[nodiscard]] bool exists() const { return !arrays_.empty(); }
    [[nodiscard]] TlbEntry* find(x86::LinearAddress linear, std::uint16_t pcid)
    {
        for (TlbArray& array : arrays_) {
            if (TlbEntry* const entry = array.find(linear, pcid)) return entry;
        }
        return nullptr;
    }
    /// Where no array holds the entry's size, the level does not keep it.
    void insert(const TlbEntry& entry);
    void remove(const x86::Removal& removal);
    void drop(x86::LinearAddress linear);
    void clear();
    [[nodiscard]] std::uint64_t population() const;

private:
    std::vector<TlbArray> arrays_;
};

class Tlb {
public:
    enum class Source : std::uint8_t { none, l1, l2 };
    struct Hit {
        TlbEntry* entry = nullptr;
        Source source = Source::none;
    };

    explicit Tlb(const Profile& profile);

    /// Looks in the first level, then in the second; a hit there is copied into the first.
    [[nodiscard]] Hit find(x86::LinearAddress linear, bool fetch, std::uint16_t pcid)
    {
        TlbLevel& first = fetch ? l1_fetch_ : l1_data_;
        if (TlbEntry* const entry = first.find(linear, pcid)) return {entry, Source::l1};
        return find_l2(linear, fetch, pcid);
    }

    /// Fills both levels after a walk.
    void insert(const TlbEntry& entry, bool fetch);
    void remove(const x86::Removal& removal);
    /// Takes `linear` out of the first and second level of one side.
    void drop(x86::LinearAddress linear, bool fetch);
    void clear();
    [[nodiscard]] std::uint64_t population() const;

private:
    [[nodiscard]] Hit find_l2(x86::LinearAddress linear, bool fetch, std::uint16_t pcid);
    [[nodiscard]] TlbLevel& l2(bool fetch) { return fetch && !l2_unified_ ? l2_fetch_ : l2_data_; }

    TlbLevel l1_data_;
    TlbLevel l1_fetch_;
    TlbLevel l2_data_;
    TlbLevel l2_fetch_;
    bool l2_unified_;
};

} // namespace drywalk::mmu
