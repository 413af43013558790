// SPDX-License-Identifier: MIT
// Which entry of a page decides a finding, and the events that established and broke it.
#include "models/oracle/address_history.hpp"

#include <algorithm>

namespace drywalk::oracle {

using x86::AccessKind;
using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

namespace {

[[nodiscard]] bool intersect(PhysicalAddress a, std::uint64_t a_bytes, PhysicalAddress b, std::uint64_t b_bytes)
{
    return a.value() < b.value() + b_bytes && b.value() < a.value() + a_bytes;
}

/// Keeps the witness that was broken last.
void prefer_later(std::optional<Witness>& kept, const std::optional<Witness>& candidate)
{
    if (!candidate) return;
    const auto order = [](const Witness& witness) { return std::pair{witness.broken_by, witness.established_by}; };
    if (!kept || order(*candidate) > order(*kept)) kept = candidate;
}

} // namespace

AddressHistory::Stamps AddressHistory::stamps_of(const Life& life)
{
    const EventIndex established = life.established.empty() ? 0 : life.established.back();
    return {std::max(life.broken, established), established};
}

// Accesses -----------------------------------------------------------------------------------------------------------

std::optional<Witness> AddressHistory::decides(Verdict verdict, LinearAddress linear, x86::Access access) const
{
    if (!mode_.cr0.paging()) return std::nullopt;
    const Tables tables = walk_tables(linear, access);
    std::optional<Witness> found;
    for (const auto& [page, entry] : translations_) {
        ++steps_;
        if (entry.pcid != mode_.pcid() && !entry.translation.global) continue;
        const Verdict alone = compare(entry.translation, linear, access, tables);
        if (alone == verdict) prefer_later(found, witness_of(entry));
        if (verdict != Verdict::lost_accessed || alone != Verdict::ok) continue;
        if (!permits(entry.translation, access, mode_)) continue;
        const auto lost = lost_accessed(entry, tables);
        if (!lost) continue;
        prefer_later(found, Witness{entry.translation, false, entry.pcid, lost->established_by, lost->broken_by});
    }
    if (verdict == Verdict::spurious_fault && tables.permitted) prefer_later(found, faulting_structure());
    return found;
}

AddressHistory::Tables AddressHistory::walk_tables(LinearAddress linear, x86::Access access) const
{
    Tables tables;
    for (WalkPosition position = walk_start(mode_);;) {
        const PhysicalAddress slot = position.entry_address(linear);
        const WalkStep step = walk_step(position, read_(slot), mode_);
        if (step.kind == WalkStep::Kind::fault) return tables;
        tables.slots.push_back(slot.value());
        if (step.kind == WalkStep::Kind::leaf) {
            tables.leaf = step.translation;
            tables.permitted = permits(step.translation, access, mode_);
            return tables;
        }
        position = step.next;
    }
}

/// What the access comes to if `used` translates it; lost accessed flags are not looked for.
Verdict AddressHistory::compare(const Translation& used, LinearAddress linear, x86::Access access,
                                const Tables& tables) const
{
    if (!permits(used, access, mode_)) {
        // [amd/vol2] 5.5.3: AMD walks again before it reports a fault.
        return tables.permitted && !promises_as_amd(vendor_) ? Verdict::spurious_fault : Verdict::ok;
    }
    if (!tables.leaf || used.physical(linear) != tables.leaf->physical(linear)) return Verdict::stale_translation;
    const bool other_key = !mode_.key_rights_known && used.key != tables.leaf->key;
    if (!tables.permitted || other_key) return Verdict::stale_permission;
    if (used.pat_index != tables.leaf->pat_index) return Verdict::stale_memory_type;
    // A translation without a key may permit the access and deny it.
    const bool may_fault = tables.permitted && !promises_as_amd(vendor_) && may_deny(used, access, mode_);
    if (may_fault) return Verdict::spurious_fault;
    const bool lost = access.kind == AccessKind::write && used.dirty && !tables.leaf->dirty;
    return lost ? Verdict::lost_dirty : Verdict::ok;
}

WalkStep AddressHistory::last_step_from(const WalkPosition& position) const
{
    return last_step(position, page_, mode_, [this](PhysicalAddress slot) {
        ++steps_;
        return read_(slot);
    });
}

/// Its own events if it can no longer be made; otherwise those of the stale paging-structure entry that makes it.
Witness AddressHistory::witness_of(const CachedTranslation& entry) const
{
    Stamps stamps = stamps_of(entry.life);
    std::optional<Stamps> through;
    if (entry.life.creatable) {
        through = structure_behind([&](const CachedStructure& structure) {
            const WalkStep step = last_step_from(structure.next);
            return step.kind == WalkStep::Kind::leaf && step.translation == entry.translation;
        });
    }
    if (through) stamps = *through;
    return {entry.translation, through.has_value(), entry.pcid, stamps.established_by, stamps.broken_by};
}

/// Of the paging-structure entries of the current PCID that can no longer be made and lead there. An entry that others
/// of a higher level still make is none of them: in a chain the highest counts.
std::optional<AddressHistory::Stamps>
AddressHistory::structure_behind(const std::function<bool(const CachedStructure&)>& leads_there) const
{
    std::optional<Stamps> found;
    for (const auto& [table, structure] : structures_) {
        ++steps_;
        if (!structure.life.held || structure.life.creatable || structure.pcid != mode_.pcid()) continue;
        if (!leads_there(structure)) continue;
        const Stamps stamps = stamps_of(structure.life);
        if (!found || stamps > *found) found = stamps;
    }
    return found;
}

std::optional<Witness> AddressHistory::faulting_structure() const
{
    if (promises_as_amd(vendor_)) return std::nullopt;
    const auto stamps = structure_behind([this](const CachedStructure& structure) {
        return last_step_from(structure.next).kind == WalkStep::Kind::fault;
    });
    if (!stamps) return std::nullopt;
    return Witness{std::nullopt, true, mode_.pcid(), stamps->established_by, stamps->broken_by};
}

/// The entry was made before the last store that cleared A in a slot of its path, which the tables still lead through.
std::optional<AddressHistory::Stamps> AddressHistory::lost_accessed(const CachedTranslation& entry,
                                                                    const Tables& tables) const
{
    std::optional<Stamps> found;
    for (const Path& path : entry.paths) {
        for (unsigned position = 0; position != x86::level_count; ++position) {
            const std::uint64_t slot = path.slots[position];
            const auto cleared = accessed_cleared_.find(slot);
            if (cleared == accessed_cleared_.end() || cleared->second <= path.read_at[position]) continue;
            if (std::ranges::find(tables.slots, slot) == tables.slots.end()) continue;
            if (read_(PhysicalAddress{slot}).accessed()) continue;
            const Stamps stamps{cleared->second, made_before(entry, path, position, cleared->second)};
            if (!found || stamps > *found) found = stamps;
        }
    }
    return found;
}

/// The last event before `cleared` after which the entry could be made, or the paging-structure entry that holds the
/// old reading of the slot at `position`.
EventIndex AddressHistory::made_before(const CachedTranslation& entry, const Path& path, unsigned position,
                                       EventIndex cleared) const
{
    const auto last_before = [cleared](const Life& life) -> std::optional<EventIndex> {
        const auto after = std::ranges::lower_bound(life.established, cleared);
        if (after == life.established.begin()) return std::nullopt;
        return *std::prev(after);
    };
    if (const auto own = last_before(entry.life)) return *own;
    EventIndex latest = 0;
    if (position == 0 || path.slots[position - 1] == Path::none) return latest;
    const PhysicalAddress table = PhysicalAddress{path.slots[position - 1]}.page();
    const auto [first, last] = structures_.equal_range(table.value());
    for (auto at = first; at != last; ++at) {
        const CachedStructure& structure = at->second;
        if (level_position(structure.level) != position || structure.pcid != entry.pcid) continue;
        latest = std::max(latest, last_before(structure.life).value_or(0));
    }
    return latest;
}

// Releases -----------------------------------------------------------------------------------------------------------

std::optional<Witness> AddressHistory::holds(const Translation& used, std::uint16_t pcid) const
{
    const auto [first, last] = translations_.equal_range(used.page.value());
    for (auto at = first; at != last; ++at) {
        if (at->second.translation == used && at->second.pcid == pcid) return witness_of(at->second);
    }
    return std::nullopt;
}

std::optional<Witness> AddressHistory::walks(std::uint16_t pcid, PhysicalAddress address, std::uint64_t bytes) const
{
    std::optional<Witness> found;
    for (const auto& [table, entry] : structures_) {
        ++steps_;
        if (!entry.life.held || entry.pcid != pcid) continue;
        if (!intersect(entry.next.table, x86::small_page_bytes, address, bytes)) continue;
        std::optional<Stamps> stamps;
        if (!entry.life.creatable) {
            stamps = stamps_of(entry.life);
        } else {
            stamps = structure_behind([&, &lower = entry.next](const CachedStructure& higher) {
                WalkPosition position = higher.next;
                while (position.level > lower.level) {
                    const WalkStep step = walk_step(position, read_(position.entry_address(page_)), mode_);
                    if (step.kind != WalkStep::Kind::descend) return false;
                    position = step.next;
                }
                return position == lower;
            });
        }
        if (!stamps) continue; // the tables lead there
        prefer_later(found, Witness{std::nullopt, true, pcid, stamps->established_by, stamps->broken_by});
    }
    return found;
}

std::optional<EventIndex> AddressHistory::linked(PhysicalAddress address, std::uint64_t bytes) const
{
    std::optional<EventIndex> latest;
    if (!mode_.cr0.paging()) return latest;
    for (WalkPosition position = walk_start(mode_);;) {
        const Level level = position.level;
        const WalkStep step = walk_step(position, read_(position.entry_address(page_)), mode_);
        if (step.kind != WalkStep::Kind::descend) return latest;
        position = step.next;
        if (!intersect(position.table, x86::small_page_bytes, address, bytes)) continue;
        const auto [first, last] = structures_.equal_range(position.table.value());
        for (auto at = first; at != last; ++at) {
            const CachedStructure& structure = at->second;
            if (structure.level != level || structure.next != position || structure.pcid != mode_.pcid()) continue;
            latest = std::max(latest.value_or(0), stamps_of(structure.life).established_by);
        }
    }
}

} // namespace drywalk::oracle
