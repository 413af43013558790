// SPDX-License-Identifier: MIT
// What may be cached for one page, event by event. address_witness.cpp asks it.
#include "models/oracle/address_history.hpp"

#include <algorithm>
#include <utility>

namespace drywalk::oracle {

using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;
using x86::Reach;
using x86::Removal;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

AddressHistory::AddressHistory(LinearAddress page, const x86::PagingMode& mode, x86::Vendor vendor, ReadMemory read)
    : page_{page.page()}, mode_{mode}, vendor_{vendor}, read_{std::move(read)}
{
    happen(0, {});
}

LinearAddress AddressHistory::region(Level level) const { return page_.region(level); }

x86::EntryTag AddressHistory::tag(const CachedTranslation& entry) const
{
    const Translation& translation = entry.translation;
    return {page_.page(translation.size), translation.size, entry.pcid, translation.global};
}

// Events -------------------------------------------------------------------------------------------------------------

void AddressHistory::store(EventIndex event, PhysicalAddress slot, Entry value)
{
    if (!slots_.contains(slot.value())) return;
    if (!value.accessed()) accessed_cleared_[slot.value()] = last_cleared_ = event;
    happen(event, {});
}

void AddressHistory::load(EventIndex event, const x86::PagingMode& mode, const Removal& removal)
{
    if (mode_.cr0.paging()) left_[mode_.pcid()] = mode_;
    mode_ = mode;
    left_.erase(mode_.pcid());
    happen(event, removal);
}

void AddressHistory::invalidate(EventIndex event, const Removal& removal)
{
    if (!spares_the_page(removal) && !renews_structures(event, removal)) happen(event, removal);
}

/// True if the removal concerns other pages alone.
bool AddressHistory::spares_the_page(const Removal& removal) const
{
    if (removal.none()) return true;
    if (removal.translations != Reach::page || removal.structures != Reach::page) return false;
    const unsigned shift = index_shift(walk_start(mode_).level);
    return removal.linear.value() >> shift != page_.value() >> shift;
}

/// INVLPG of another page: the paging-structure entries go and can be made again. Without a walk if these are all that
/// changes.
bool AddressHistory::renews_structures(EventIndex event, const Removal& removal)
{
    if (removal.translations != Reach::page || removal.structures != Reach::current_pcid) return false;
    if (removal.pcid != mode_.pcid()) return false;
    const unsigned shift = page_shift(PageSize::size_1g);
    if (removal.linear.value() >> shift == page_.value() >> shift) {
        const auto covers = [&](const auto& item) { return removes_translation(removal, tag(item.second)); };
        steps_ += translations_.size() / renewals_per_step;
        if (std::ranges::any_of(translations_, covers)) return false;
    }
    if (!renewable_known_) find_renewable();
    if (renewable_.empty()) return false;
    if (++renewals_ % renewals_per_step == 0) ++steps_;
    for (CachedStructure* const structure : renewable_) {
        establish(structure->life, event);
        structure->paths.front().read_at.fill(event);
    }
    return true;
}

void AddressHistory::find_renewable()
{
    renewable_known_ = true;
    renewable_.clear();
    for (auto& [table, entry] : structures_) {
        if (!entry.life.held || entry.pcid != mode_.pcid()) continue;
        if (!entry.life.creatable || entry.paths.size() != 1) return renewable_.clear();
        renewable_.push_back(&entry);
    }
}

/// What is removed goes, then everything that can be made may be cached again, all in one event.
void AddressHistory::happen(EventIndex event, const Removal& removal)
{
    if (!removal.none()) take_away(removal);
    ++round_;
    renewable_known_ = false;
    reached_.clear();
    if (mode_.cr0.paging()) walk_everything(event);
    for (const auto& [pcid, mode] : left_)
        walk_parked(pcid, mode);
    settle(event);
    forget_removed();
}

void AddressHistory::take_away(const Removal& removal)
{
    if (removal.translations != Reach::nothing) {
        for (auto at = translations_.begin(); at != translations_.end(); ++at) {
            ++steps_;
            CachedTranslation& entry = at->second;
            if (!removes_translation(removal, tag(entry))) continue;
            entry.life.held = false;
            entry.life.removed = true;
            entry.life.established.clear();
            entry.paths.clear();
            removed_.push_back(at);
        }
    }
    if (removal.structures == Reach::nothing) return;
    for (auto& [table, entry] : structures_) {
        ++steps_;
        if (!entry.life.held || !removes_structure(removal, region(entry.level), entry.level, entry.pcid)) continue;
        entry.life.held = false;
        entry.life.removed = true;
        entry.paths.clear();
        removed_structures_.push_back(&entry.life);
    }
}

/// From the root, and from every paging-structure entry of the current PCID that was there before: those that these
/// walks add are walked through on the way.
void AddressHistory::walk_everything(EventIndex event)
{
    std::vector<std::pair<WalkPosition, Path>> starts{{walk_start(mode_), Path{}}};
    for (const auto& [table, entry] : structures_) {
        ++steps_;
        if (!entry.life.held || entry.pcid != mode_.pcid()) continue;
        for (const Path& path : entry.paths)
            starts.emplace_back(entry.next, path);
    }
    for (const auto& [position, path] : starts)
        walk_from(position, path, event);
}

/// The tables of a PCID that is not loaded make nothing, but justify what was made of them while it was.
void AddressHistory::walk_parked(std::uint16_t pcid, const x86::PagingMode& mode)
{
    for (WalkPosition position = walk_start(mode);;) {
        ++steps_;
        const PhysicalAddress slot = position.entry_address(page_);
        if (slots_.insert(slot.value()).second) new_slots_.push_back(slot.value());
        const WalkStep step = walk_step(position, read_(slot), mode);
        if (step.kind == WalkStep::Kind::fault) return;
        if (step.kind == WalkStep::Kind::leaf) {
            CachedTranslation* const known = find(step.translation, pcid);
            if (known != nullptr && !step.translation.global) justify(known->life);
            return;
        }
        if (CachedStructure* const known = find(position.level, step.next, pcid)) justify(known->life);
        position = step.next;
    }
}

/// It does not cease to be creatable by this event.
void AddressHistory::justify(Life& life)
{
    if (!life.held || !life.creatable || life.removed || life.reached == round_) return;
    life.reached = round_;
    reached_.push_back(&life);
}

void AddressHistory::walk_from(WalkPosition position, Path path, EventIndex event)
{
    for (;;) {
        ++steps_;
        const PhysicalAddress slot = position.entry_address(page_);
        if (slots_.insert(slot.value()).second) new_slots_.push_back(slot.value());
        const WalkStep step = walk_step(position, read_(slot), mode_);
        if (step.kind == WalkStep::Kind::fault) return;
        path.slots[level_position(position.level)] = slot.value();
        path.read_at[level_position(position.level)] = event;
        if (step.kind == WalkStep::Kind::leaf) return hold(step.translation, path);
        hold(position.level, step.next, path);
        position = step.next;
    }
}

AddressHistory::CachedTranslation* AddressHistory::find(const Translation& translation, std::uint16_t pcid)
{
    const auto [first, last] = translations_.equal_range(translation.page.value());
    const auto known = std::find_if(first, last, [&](const auto& item) {
        return item.second.translation == translation && item.second.pcid == pcid;
    });
    return known == last ? nullptr : &known->second;
}

AddressHistory::CachedStructure* AddressHistory::find(Level level, const WalkPosition& next, std::uint16_t pcid)
{
    const auto [first, last] = structures_.equal_range(next.table.value());
    const auto known = std::find_if(first, last, [&](const auto& item) {
        return item.second.level == level && item.second.next == next && item.second.pcid == pcid;
    });
    return known == last ? nullptr : &known->second;
}

void AddressHistory::hold(const Translation& translation, const Path& path)
{
    CachedTranslation* known = find(translation, mode_.pcid());
    if (known == nullptr) {
        const auto added = translations_.insert({translation.page.value(), {translation, mode_.pcid(), {}, {}}});
        known = &added->second;
    }
    merge(known->paths, path);
    reach(known->life);
}

void AddressHistory::hold(Level level, const WalkPosition& next, const Path& path)
{
    CachedStructure* known = find(level, next, mode_.pcid());
    if (known == nullptr) {
        known = &structures_.insert({next.table.value(), {level, mode_.pcid(), next, {}, {}}})->second;
    }
    merge(known->paths, path);
    reach(known->life);
}

/// Of two readings of the same slots, the earlier one misses more.
void AddressHistory::merge(std::vector<Path>& paths, const Path& path)
{
    const auto known = std::ranges::find_if(paths, [&](const Path& other) { return other.slots == path.slots; });
    if (known == paths.end()) return paths.push_back(path);
    for (unsigned position = 0; position != x86::level_count; ++position)
        known->read_at[position] = std::min(known->read_at[position], path.read_at[position]);
}

void AddressHistory::reach(Life& life)
{
    life.held = true;
    if (life.reached == round_) return;
    life.reached = round_;
    reached_.push_back(&life);
}

/// Compares what can be made now with what could be made before.
void AddressHistory::settle(EventIndex event)
{
    for (Life* const life : creatable_) {
        if (life->reached == round_) continue;
        life->creatable = false;
        life->broken = event;
    }
    for (Life* const life : reached_) {
        if (!life->creatable || life->removed) establish(*life, event);
        life->creatable = true;
    }
    std::swap(creatable_, reached_);
}

/// Earlier events count no more, unless software cleared some A between them and this one.
void AddressHistory::establish(Life& life, EventIndex event) const
{
    if (!life.established.empty() && life.established.back() >= last_cleared_)
        life.established.back() = event;
    else
        life.established.push_back(event);
}

/// Paging-structure entries stay known: what was made through them may outlive them.
void AddressHistory::forget_removed()
{
    for (const auto at : removed_) {
        at->second.life.removed = false;
        if (!at->second.life.held) translations_.erase(at);
    }
    for (Life* const life : removed_structures_)
        life->removed = false;
    removed_.clear();
    removed_structures_.clear();
}

std::vector<std::uint64_t> AddressHistory::new_slots() { return std::exchange(new_slots_, {}); }

} // namespace drywalk::oracle
