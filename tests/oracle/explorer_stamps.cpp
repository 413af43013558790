// SPDX-License-Identifier: MIT
#include "tests/oracle/explorer_stamps.hpp"

#include <algorithm>

namespace drywalk::oracle::test {

using x86::Entry;
using x86::EntryTag;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::Removal;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

StampedExplorer::StampedExplorer(const Configuration& configuration)
    : Explorer{configuration}, records_(configuration.cpus)
{
}

StampedExplorer::Page StampedExplorer::page_of(const EntryTag& tag, const Translation& t)
{
    return {tag.base, tag.pcid, t.size,      t.page, t.rights.writable, t.rights.user, t.rights.executable,
            t.global, t.dirty,  t.pat_index, t.key,  t.shadow_stack};
}

StampedExplorer::Region StampedExplorer::region_of(Level level, LinearAddress region, std::uint16_t pcid,
                                                   const WalkPosition& next)
{
    return {level, region, pcid, next.table, next.rights.writable, next.rights.user, next.rights.executable};
}

StampedExplorer::Region StampedExplorer::region_of(const StructureEntry& entry)
{
    return region_of(entry.level, entry.region, entry.pcid, entry.next);
}

// Stamps ----------------------------------------------------------------------------------------------------------

StampedExplorer::Creatable StampedExplorer::creatable(const Processor& processor) const
{
    Creatable all;
    if (!processor.mode.cr0.paging()) return all;
    yield(processor.mode, walk_start(processor.mode), {}, all);
    for (const StructureEntry& entry : processor.structures) {
        if (entry.pcid == processor.mode.pcid()) yield(processor.mode, entry.next, entry.region, all);
    }
    return all;
}

void StampedExplorer::yield(const x86::PagingMode& mode, const WalkPosition& position, LinearAddress region,
                            Creatable& all) const
{
    if (position.table.value() >= configuration_.memory_bytes) return;
    const auto end = memory_.lower_bound(position.table + x86::small_page_bytes);
    for (auto at = memory_.lower_bound(position.table); at != end; ++at) {
        const std::uint64_t index = (at->first - position.table) / x86::entry_bytes;
        const std::uint64_t address = region.value() | index << index_shift(position.level);
        const LinearAddress linear = LinearAddress::truncate(address, mode.linear_width());
        const WalkStep step = walk_step(position, Entry{at->second.value}, mode);
        if (step.kind == WalkStep::Kind::leaf) {
            const EntryTag tag{linear, step.translation.size, mode.pcid(), step.translation.global};
            all.pages.emplace(page_of(tag, step.translation), tag);
        }
        if (step.kind != WalkStep::Kind::descend) continue;
        all.regions.emplace(region_of(position.level, linear, mode.pcid(), step.next), linear);
        yield(mode, step.next, linear, all);
    }
}

/// Of everything but an access that faults.
Removal StampedExplorer::removal_of(const Event& event) const
{
    const x86::PagingMode& mode = processors_[event.cpu].mode;
    const auto canonical = LinearAddress::try_canonical(event.address, mode.linear_width());
    switch (event.kind) {
    case EventKind::mov_cr0: return mov_cr0_removes({event.value}, mode, configuration_.vendor);
    case EventKind::mov_cr3: return mov_cr3_removes(event.value, mode);
    case EventKind::mov_cr4: return mov_cr4_removes({event.value}, mode, configuration_.vendor);
    case EventKind::invlpg: return canonical ? invlpg_removes(*canonical, mode, configuration_.vendor) : Removal{};
    case EventKind::page_fault: return canonical ? page_fault_removes(*canonical, mode) : Removal{};
    case EventKind::invpcid:
        if (event.type == x86::InvpcidType::address && !canonical) return {};
        return invpcid_removes(event.type, event.pcid, canonical.value_or(LinearAddress{}));
    default: return {};
    }
}

void StampedExplorer::follow(const Event& event)
{
    Removal removal = removal_of(event);
    synchronised_ = synchronised_ || event.kind == EventKind::tlbsync;
    const auto verdict = apply(static_cast<Explorer&>(*this), event);
    const auto canonical = accessed(event);
    if (event.is_access() && verdict == Verdict::architectural_fault && canonical) {
        removal = page_fault_removes(*canonical, processors_[event.cpu].mode);
    }
    const PhysicalAddress slot{event.address};
    if (event.kind == EventKind::store && !Entry{event.value}.accessed()) {
        clearings_[slot] = {word(slot).version, now_};
    }
    for (unsigned cpu = 0; cpu != processors_.size(); ++cpu)
        stamp(cpu, cpu == event.cpu ? removal : Removal{});
    ++now_;
}

/// The address that an access translates.
std::optional<LinearAddress> StampedExplorer::accessed(const Event& event) const
{
    const x86::PagingMode& mode = processors_[event.cpu].mode;
    if (event.is_access()) return accessed_address(event.address, event.access(), mode);
    return LinearAddress::try_canonical(event.address, mode.linear_width());
}

/// What was creatable when its PCID was left stays so while the tables of that PCID yield it. Global entries belong to
/// the loaded root alone.
void StampedExplorer::justify(const Processor& processor, const Creatable& before, const Removal& removal,
                              Creatable& creatable) const
{
    for (const auto& [pcid, space] : processor.left) {
        Creatable own;
        yield(space.mode, walk_start(space.mode), {}, own);
        for (const auto& [page, tag] : own.pages) {
            if (!tag.global && before.pages.contains(page) && !removes_translation(removal, tag)) {
                creatable.pages.emplace(page, tag);
            }
        }
        for (const auto& [region, linear] : own.regions) {
            const bool removed = removes_structure(removal, linear, std::get<0>(region), std::get<2>(region));
            if (before.regions.contains(region) && !removed) creatable.regions.emplace(region, linear);
        }
    }
}

void StampedExplorer::stamp(unsigned cpu, const Removal& removal)
{
    Record& record = records_[cpu];
    const Creatable before = std::move(record.creatable);
    record.creatable = creatable(processors_[cpu]);
    justify(processors_[cpu], before, removal, record.creatable);
    for (auto& [page, life] : record.pages) {
        const EntryTag tag{std::get<0>(page), std::get<2>(page), std::get<1>(page), std::get<7>(page)};
        if (removes_translation(removal, tag)) life.removed = now_;
    }
    for (const auto& [page, tag] : record.creatable.pages) {
        Life& life = record.pages[page];
        const bool removed = removes_translation(removal, tag);
        if (removed) life.removed = now_;
        if (removed || !before.pages.contains(page)) life.established.push_back(now_);
    }
    for (const auto& [region, linear] : record.creatable.regions) {
        const bool removed = removes_structure(removal, linear, std::get<0>(region), std::get<2>(region));
        if (removed || !before.regions.contains(region)) record.regions[region].established.push_back(now_);
    }
    for (const auto& [page, tag] : before.pages) {
        if (!record.creatable.pages.contains(page)) record.pages[page].broken = now_;
    }
    for (const auto& [region, linear] : before.regions) {
        if (!record.creatable.regions.contains(region)) record.regions[region].broken = now_;
    }
}

// Findings --------------------------------------------------------------------------------------------------------

WalkStep StampedExplorer::end_of(const Processor& processor, WalkPosition position, LinearAddress linear) const
{
    for (;;) {
        const WalkStep step = walk_step(position, entry_at(position.entry_address(linear)), processor.mode);
        if (step.kind != WalkStep::Kind::descend) return step;
        position = step.next;
    }
}

/// Through a paging-structure entry if walks still yield the entry.
Stamps StampedExplorer::stamps_of(unsigned cpu, const EntryTag& tag, const Translation& translation,
                                  LinearAddress linear) const
{
    const Record& record = records_[cpu];
    const Processor& processor = processors_[cpu];
    const Page page = page_of(tag, translation);
    const Life& life = record.pages.at(page);
    Stamps own{std::max(life.broken, life.established.back()), life.established.back()};
    if (!record.creatable.pages.contains(page)) return own;
    std::optional<Stamps> through;
    for (const StructureEntry& entry : processor.structures) {
        if (entry.pcid != processor.mode.pcid() || !entry.covers(linear)) continue;
        if (record.creatable.regions.contains(region_of(entry))) continue;
        const WalkStep end = end_of(processor, entry.next, linear);
        if (end.kind != WalkStep::Kind::leaf || end.translation != translation) continue;
        const Life& other = record.regions.at(region_of(entry));
        const Stamps stamps{other.broken, other.established.back()};
        if (!through || stamps > *through) through = stamps;
    }
    return through.value_or(own);
}

std::vector<StampedExplorer::Decider> StampedExplorer::deciders(const Event& event, Verdict verdict) const
{
    const LinearAddress linear = *accessed(event);
    const Processor& processor = processors_[event.cpu];
    const auto tables =
        walk(linear, event.access(), processor.mode, [this](PhysicalAddress at) { return entry_at(at); });
    std::vector<Decider> found;
    for (const TlbEntry& entry : processor.translations) {
        if (!entry.tag.covers(linear) || (entry.tag.pcid != processor.mode.pcid() && !entry.tag.global)) continue;
        for (const Candidate& candidate : candidates_of(entry, processor, event.access())) {
            const Verdict alone = compare(processor, linear, event.access(), candidate, tables);
            const bool but_for_accessed = alone == Verdict::ok || alone == Verdict::lost_accessed;
            if (verdict == Verdict::lost_accessed && but_for_accessed && candidate.permitted) {
                const auto lost = lost_accessed(event.cpu, entry, linear);
                if (lost) found.push_back({entry.translation, *lost});
            } else if (alone == verdict) {
                found.push_back({entry.translation, stamps_of(event.cpu, entry.tag, entry.translation, linear)});
            }
        }
    }
    if (verdict != Verdict::spurious_fault) return found;
    for (const StructureEntry& entry : processor.structures) {
        if (entry.pcid != processor.mode.pcid() || !entry.covers(linear)) continue;
        if (records_[event.cpu].creatable.regions.contains(region_of(entry))) continue;
        if (end_of(processor, entry.next, linear).kind != WalkStep::Kind::fault) continue;
        const Life& life = records_[event.cpu].regions.at(region_of(entry));
        found.push_back({std::nullopt, {life.broken, life.established.back()}});
    }
    return found;
}

std::optional<Stamps> StampedExplorer::lost_accessed(unsigned cpu, const TlbEntry& entry, LinearAddress linear) const
{
    const std::vector<Slot> path = current_path(processors_[cpu], linear);
    std::optional<Stamps> found;
    for (std::size_t depth = 0; depth != entry.path.size(); ++depth) {
        const Slot& slot = entry.path[depth];
        const auto clearing = clearings_.find(slot.address);
        if (slot.version == 0 || clearing == clearings_.end() || slot.version >= clearing->second.version) continue;
        if (entry_at(slot.address).accessed()) continue;
        if (std::none_of(path.begin(), path.end(), [&](const Slot& s) { return s.address == slot.address; })) continue;
        const std::uint64_t cleared = clearing->second.event;
        const Stamps stamps{cleared, made_before(cpu, entry, depth, cleared)};
        if (!found || stamps > *found) found = stamps;
    }
    return found;
}

/// The last event before `cleared` that established the entry, which must not have been removed since; otherwise that
/// of a paging-structure entry that was read from the slot at `depth`.
std::uint64_t StampedExplorer::made_before(unsigned cpu, const TlbEntry& entry, std::size_t depth,
                                           std::uint64_t cleared) const
{
    const Life& life = records_[cpu].pages.at(page_of(entry.tag, entry.translation));
    std::optional<std::uint64_t> own;
    for (const std::uint64_t event : life.established) {
        if (event < cleared && event >= life.removed) own = event;
    }
    if (own) return *own;
    std::uint64_t latest = 0;
    if (depth + 1 == entry.path.size()) return latest;
    const auto level = static_cast<Level>(x86::level_count - depth);
    for (const auto& [region, other] : records_[cpu].regions) {
        const auto shift = index_shift(level);
        const bool covers = std::get<1>(region).value() >> shift == entry.tag.base.value() >> shift;
        const bool leads_on = std::get<3>(region) == entry.path[depth + 1].address.page();
        if (std::get<0>(region) != level || std::get<2>(region) != entry.tag.pcid || !covers || !leads_on) continue;
        for (const std::uint64_t event : other.established) {
            if (event < cleared) latest = std::max(latest, event);
        }
    }
    return latest;
}

std::optional<Stamps> StampedExplorer::holder(unsigned cpu, std::uint16_t pcid, LinearAddress linear,
                                              const Translation& used) const
{
    for (const TlbEntry& entry : processors_[cpu].translations) {
        if (!entry.tag.covers(linear) || entry.tag.pcid != pcid || entry.translation != used) continue;
        return stamps_of(cpu, entry.tag, used, linear);
    }
    return std::nullopt;
}

std::optional<Stamps> StampedExplorer::walker(unsigned cpu, std::uint16_t pcid, LinearAddress linear,
                                              PhysicalAddress first, std::uint64_t bytes) const
{
    const Processor& processor = processors_[cpu];
    const Record& record = records_[cpu];
    const auto lives = [&](const StructureEntry& entry) {
        const Life& life = record.regions.at(region_of(entry));
        return Stamps{life.broken, life.established.back()};
    };
    const auto leads_to = [&](const StructureEntry& higher, const StructureEntry& lower) {
        for (WalkPosition position = higher.next; position.level >= lower.next.level;) {
            if (position == lower.next) return true;
            const WalkStep step = walk_step(position, entry_at(position.entry_address(linear)), processor.mode);
            if (step.kind != WalkStep::Kind::descend) return false;
            position = step.next;
        }
        return false;
    };
    std::optional<Stamps> found;
    for (const StructureEntry& entry : processor.structures) {
        const bool inside = entry.next.table < first + bytes && first < entry.next.table + x86::small_page_bytes;
        if (entry.pcid != pcid || !entry.covers(linear) || !inside) continue;
        std::optional<Stamps> stamps;
        if (!record.creatable.regions.contains(region_of(entry))) stamps = lives(entry);
        for (const StructureEntry& higher : processor.structures) {
            if (stamps && !record.creatable.regions.contains(region_of(entry))) break;
            if (higher.pcid != processor.mode.pcid() || !higher.covers(linear)) continue;
            if (record.creatable.regions.contains(region_of(higher)) || !leads_to(higher, entry)) continue;
            if (!stamps || lives(higher) > *stamps) stamps = lives(higher);
        }
        if (stamps && (!found || *stamps > *found)) found = stamps;
    }
    return found;
}

} // namespace drywalk::oracle::test
