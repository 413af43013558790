// SPDX-License-Identifier: MIT
#include "models/oracle/stale_structures.hpp"

#include "models/oracle/effort.hpp"

#include <algorithm>

namespace drywalk::oracle {

using x86::Reach;

WalkSource* StaleStructures::add(const WalkSource& source)
{
    Space& space = spaces_[source.pcid];
    auto& alike = space.by_region[region_key(source.region, source.start.level)];
    const auto known = std::ranges::find_if(alike, [&](const Sources::iterator& other) {
        return other->start == source.start && other->trail.same_slots(source.trail) && other->dooms == source.dooms;
    });
    if (known != alike.end()) {
        (*known)->trail.take_older(source.trail);
        (*known)->established_by = source.established_by;
        (*known)->broken_by = source.broken_by;
        return nullptr;
    }
    Effort::check_deviations(count_ + 1);
    space.sources.push_back(source);
    alike.push_back(std::prev(space.sources.end()));
    ++count_;
    return &space.sources.back();
}

std::size_t StaleStructures::alike(const WalkSource& source) const
{
    const auto space = spaces_.find(source.pcid);
    if (space == spaces_.end()) return 0;
    const auto found = space->second.by_region.find(region_key(source.region, source.start.level));
    return found == space->second.by_region.end() ? 0 : found->second.size();
}

void StaleStructures::move_out(Space& space, Sources::iterator source, Sources& to)
{
    const auto alike = space.by_region.find(region_key(source->region, source->start.level));
    std::erase(alike->second, source);
    if (alike->second.empty()) space.by_region.erase(alike);
    to.splice(to.end(), space.sources, source);
    --count_;
}

void StaleStructures::extract_covering(const x86::Removal& removal, Sources& to)
{
    const auto space = spaces_.find(removal.pcid);
    if (space == spaces_.end()) return;
    for (unsigned level = 1; level < x86::level_count; ++level) {
        const auto found = space->second.by_region.find(region_key(removal.linear, static_cast<x86::Level>(level)));
        if (found == space->second.by_region.end()) continue;
        for (const Sources::iterator source : std::vector<Sources::iterator>{found->second})
            move_out(space->second, source, to);
    }
    if (space->second.sources.empty()) spaces_.erase(space);
}

std::list<WalkSource> StaleStructures::extract(const x86::Removal& removal)
{
    Sources removed;
    if (count_ == 0 || removal.structures == Reach::nothing) return removed;
    const auto take = [&](Space& space, Sources::iterator source) {
        const x86::Level level = x86::above(source->start.level);
        if (removes_structure(removal, source->region, level, source->pcid)) move_out(space, source, removed);
    };
    if (removal.structures == Reach::page) {
        extract_covering(removal, removed);
        return removed;
    }
    const bool of_one = removal.structures != Reach::everything && removal.structures != Reach::all_non_global;
    for (auto& [pcid, space] : spaces_) {
        if (of_one && pcid != removal.pcid) continue;
        for (auto source = space.sources.begin(); source != space.sources.end();) {
            const auto next = std::next(source);
            take(space, source);
            source = next;
        }
    }
    std::erase_if(spaces_, [](const auto& one) { return one.second.sources.empty(); });
    return removed;
}

std::list<WalkSource> StaleStructures::extract_doomed()
{
    Sources removed;
    for (auto& [pcid, space] : spaces_) {
        for (auto source = space.sources.begin(); source != space.sources.end();) {
            const auto next = std::next(source);
            const Dooms own = source->dooms.of(source->region, x86::above(source->start.level), pcid);
            if (own.any_complete()) move_out(space, source, removed);
            source = next;
        }
    }
    std::erase_if(spaces_, [](const auto& one) { return one.second.sources.empty(); });
    return removed;
}

} // namespace drywalk::oracle
