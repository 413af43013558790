// SPDX-License-Identifier: MIT
// The paging-structure caches: where a walk may start below the root. [intel/vol3] 4.10.3
#pragma once

#include "models/mmu/tlb.hpp"

#include <array>
#include <optional>
#include <vector>

namespace drywalk::mmu {

/// What the caches keep of PML4Es, PDPTEs and PDEs: in arrays of their own, or among the pages of the second-level TLB.
class PagingStructureCaches {
public:
    /// Levels that `tlb` holds live there; it outlives the caches. Null: none does.
    /// Without the fast path every lookup searches.
    explicit PagingStructureCaches(const machine::PagingStructureCacheProfile& profile, std::uint64_t seed = 1,
                                   Tlb* tlb = nullptr, bool fast_path = true);

    /// Where a walk may start, and the state of the tables that this was last seen to agree with.
    struct Start {
        x86::WalkPosition position;
        TlbEntry* entry = nullptr; ///< null: at the root, nothing covers the address
    };
    /// The lowest position that a walk of `address` can start from; `root` if no entry covers it.
    [[nodiscard]] Start start(CachedAddress address, std::uint16_t pcid, const x86::WalkPosition& root)
    {
        const std::uint64_t region = address.value() >> index_shift(x86::Level::pde);
        if (last_.entry != nullptr && last_.region == region && last_.pcid == pcid) {
            return {position_of(*last_.entry, x86::Level::pde), last_.entry};
        }
        last_.entry = nullptr;
        for (const x86::Level level : {x86::Level::pde, x86::Level::pdpte, x86::Level::pml4e}) {
            TlbEntry* const entry = find(address, level, pcid);
            if (entry == nullptr) continue;
            if (level == x86::Level::pde && remembers_) last_ = {region, pcid, entry};
            return {position_of(*entry, level), entry};
        }
        return {root, nullptr};
    }
    [[nodiscard]] std::optional<x86::WalkPosition> find(CachedAddress address, std::uint16_t pcid)
    {
        const Start found = start(address, pcid, {});
        return found.entry == nullptr ? std::nullopt : std::optional{found.position};
    }

    /// Keeps `structure`, if there is a cache for its level, which is above Level::pte.
    void insert(const StructureEntry& structure);
    void remove(const x86::Removal& removal);
    /// Takes everything out, but for what a host keeps in `tlb`: clearing that is its owner's business.
    void clear();

private:
    enum class Home : std::uint8_t { none, own, tlb };
    struct Place {
        Home home = Home::none;
        std::size_t array = 0; ///< if own
    };

    /// The PDE that was found last. It is the most recent of its set; another look for it would change nothing.
    struct Last {
        std::uint64_t region = 0;
        std::uint16_t pcid = 0;
        TlbEntry* entry = nullptr; ///< null: something has happened since
    };

    [[nodiscard]] static x86::WalkPosition position_of(const TlbEntry& entry, x86::Level level)
    {
        return {below(level), entry.translation.page, entry.translation.rights};
    }
    [[nodiscard]] TlbEntry* find(CachedAddress address, x86::Level level, std::uint16_t pcid)
    {
        const Place& place = places_[level_position(level)];
        if (place.home == Home::own) return arrays_[place.array].find_structure(address, level, pcid);
        return place.home == Home::tlb ? tlb_->find_structure(address, level, pcid) : nullptr;
    }

    std::vector<TlbArray> arrays_;
    std::array<Place, x86::level_count> places_{}; ///< by level
    Tlb* tlb_;
    bool remembers_; ///< the last PDE: only where nothing else makes another entry of its set the most recent
    Last last_;
};

} // namespace drywalk::mmu
