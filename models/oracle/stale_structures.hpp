// SPDX-License-Identifier: MIT
// Paging-structure-cache entries that the tables no longer justify: walks may still start from them.
#pragma once

#include "models/oracle/walk_source.hpp"
#include "models/x86/invalidation.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <unordered_map>
#include <vector>

namespace drywalk::oracle {

/// Found by PCID and by the addresses that they serve. A source stays where it is until it is removed.
class StaleStructures {
public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t size() const { return count_; }

    /// An entry that is known already stays, with what was read first, and was broken once more: null then.
    WalkSource* add(const WalkSource& source);

    /// How many entries serve the same addresses as `source`, from a table of the same level.
    [[nodiscard]] std::size_t alike(const WalkSource& source) const;

    /// Takes out what `removal` must remove.
    [[nodiscard]] std::list<WalkSource> extract(const x86::Removal& removal);

    /// Calls `change` for each of them, which changes their dooms only.
    template <typename Change>
    void change_dooms(Change&& change)
    {
        for (auto& [pcid, space] : spaces_) {
            for (WalkSource& source : space.sources)
                change(source);
        }
    }
    /// Takes out what a complete broadcast selects.
    [[nodiscard]] std::list<WalkSource> extract_doomed();

    template <typename Visit>
    void for_each_covering(x86::LinearAddress linear, std::uint16_t pcid, Visit&& visit) const
    {
        const auto space = spaces_.find(pcid);
        if (space == spaces_.end()) return;
        for (unsigned level = 1; level < x86::level_count; ++level) {
            const auto found = space->second.by_region.find(region_key(linear, static_cast<x86::Level>(level)));
            if (found == space->second.by_region.end()) continue;
            for (const auto& source : found->second)
                visit(*source);
        }
    }

    template <typename Visit>
    void for_each_of(std::uint16_t pcid, Visit&& visit) const
    {
        const auto space = spaces_.find(pcid);
        if (space == spaces_.end()) return;
        for (const WalkSource& source : space->second.sources)
            visit(source);
    }

    template <typename Visit>
    void for_each(Visit&& visit) const
    {
        for (const auto& [pcid, space] : spaces_) {
            for (const WalkSource& source : space.sources)
                visit(source);
        }
    }

private:
    using Sources = std::list<WalkSource>;
    struct Space {
        Sources sources;
        std::unordered_map<std::uint64_t, std::vector<Sources::iterator>> by_region;
    };

    /// Of the region that an entry serves whose table is of `level`.
    [[nodiscard]] static std::uint64_t region_key(x86::LinearAddress linear, x86::Level level)
    {
        const unsigned shift = index_shift(level) + 9;
        return linear.value() >> shift << shift | static_cast<std::uint64_t>(level);
    }
    void extract_covering(const x86::Removal& removal, Sources& to);
    void move_out(Space& space, Sources::iterator source, Sources& to);

    std::map<std::uint16_t, Space> spaces_;
    std::size_t count_ = 0;
};

} // namespace drywalk::oracle
