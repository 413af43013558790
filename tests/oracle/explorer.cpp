// SPDX-License-Identifier: MIT
#include "tests/oracle/explorer.hpp"

#include <algorithm>
#include <iterator>

namespace drywalk::oracle::test {

using x86::Access;
using x86::AccessKind;
using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;
using x86::Translation;
using x86::WalkOutcome;
using x86::WalkPosition;
using x86::WalkStep;

namespace {

[[nodiscard]] Path extended(Path path, Level level, Slot slot)
{
    path[x86::level_count - 1 - x86::level_position(level)] = slot;
    return path;
}

/// The first of two verdicts in the order of the enumeration, `ok` being the last.
[[nodiscard]] Verdict worse(Verdict a, Verdict b)
{
    if (a == Verdict::ok || b == Verdict::ok) return a == Verdict::ok ? b : a;
    return std::min(a, b);
}

template <typename Selects>
[[nodiscard]] DoomedBy those(const DoomedBy& all, Selects&& selects)
{
    DoomedBy chosen;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), selects);
    return chosen;
}

/// Adds `doom` to those of `entries` that it selects and that `made_now` has not.
template <typename Entry, typename Selects>
void doom_stale(std::set<Entry>& entries, const std::set<Entry>& made_now, const Doom& doom, Selects&& selects)
{
    std::set<Entry> after;
    for (Entry entry : entries) {
        if (selects(entry) && !made_now.contains(entry)) entry.doomed_by.push_back(doom);
        after.insert(entry);
    }
    entries = std::move(after);
}

template <typename Entry>
void erase_doomed(std::set<Entry>& entries, unsigned cpu)
{
    std::erase_if(entries, [cpu](const Entry& entry) {
        return std::any_of(entry.doomed_by.begin(), entry.doomed_by.end(),
                           [cpu](const Doom& doom) { return doom.cpu == cpu; });
    });
}

} // namespace

Explorer::Explorer(const Configuration& configuration) : configuration_{configuration}
{
    processors_.resize(configuration.cpus);
    for (Processor& processor : processors_)
        processor.mode = configuration.mode;
    close_all();
}

Explorer::Word Explorer::word(PhysicalAddress address) const
{
    const auto found = memory_.find(address);
    const bool exists = address.value() < configuration_.memory_bytes;
    return exists && found != memory_.end() ? found->second : Word{};
}

// Closing ---------------------------------------------------------------------------------------------------------

void Explorer::close_all()
{
    for (Processor& processor : processors_)
        close(processor);
}

/// Any linear address may be walked now, from the root or from a paging-structure entry of the current PCID. Entries
/// that this adds are explored on the way, so one pass is enough. [intel/vol3] 4.10.2.3, 4.10.3.1, 4.10.3.2
void Explorer::close(Processor& processor)
{
    if (!processor.mode.cr0.paging()) return;
    const std::set<StructureEntry> starts = processor.structures;
    explore(processor, walk_start(processor.mode), LinearAddress{}, Path{}, {});
    for (const StructureEntry& start : starts) {
        if (start.pcid != processor.mode.pcid()) continue;
        explore(processor, start.next, start.region, start.path, start.doomed_by);
    }
}

/// Walks every address of `region` at once: only entries that are not zero can lead anywhere.
void Explorer::explore(Processor& processor, const WalkPosition& position, LinearAddress region, const Path& path,
                       const DoomedBy& doomed_by)
{
    if (position.table.value() >= configuration_.memory_bytes) return;
    const std::uint16_t pcid = processor.mode.pcid();
    const auto end = memory_.lower_bound(position.table + x86::small_page_bytes);
    for (auto at = memory_.lower_bound(position.table); at != end; ++at) {
        const std::uint64_t index = (at->first - position.table) / x86::entry_bytes;
        const std::uint64_t address = region.value() + (index << index_shift(position.level));
        const LinearAddress linear = LinearAddress::truncate(address, processor.mode.linear_width());
        const WalkStep step = walk_step(position, Entry{at->second.value}, processor.mode);
        const Path used = extended(path, position.level, {at->first, at->second.version});
        if (step.kind == WalkStep::Kind::leaf) {
            const Translation& leaf = step.translation;
            const x86::EntryTag tag{linear, leaf.size, pcid, leaf.global};
            const auto selects = [&](const Doom& doom) { return removes_translation(doom.operands, tag); };
            processor.translations.insert({tag, leaf, used, those(doomed_by, selects)});
        }
        if (step.kind == WalkStep::Kind::descend) {
            const auto selects = [&](const Doom& doom) {
                return removes_structure(doom.operands, linear, position.level, pcid);
            };
            const DoomedBy below = those(doomed_by, selects);
            processor.structures.insert({position.level, linear, pcid, step.next, used, below});
            explore(processor, step.next, linear, used, below);
        }
    }
}

// Events ----------------------------------------------------------------------------------------------------------

void Explorer::remove(Processor& processor, const x86::Removal& removal)
{
    std::erase_if(processor.translations,
                  [&](const TlbEntry& entry) { return removes_translation(removal, entry.tag); });
    std::erase_if(processor.structures, [&](const StructureEntry& entry) {
        return removes_structure(removal, entry.region, entry.level, entry.pcid);
    });
    using x86::Reach;
    const Reach reach = removal.translations;
    const auto emptied = [&](std::uint16_t pcid) {
        if (reach == Reach::everything || reach == Reach::all_non_global) return true;
        return (reach == Reach::current_pcid || reach == Reach::current_pcid_global) && pcid == removal.pcid;
    };
    for (auto& [pcid, space] : processor.left) {
        if (emptied(pcid)) space.returnable = false, space.flushed = true;
    }
    std::erase_if(processor.pending, [&](const Pending& pending) { return emptied(pending.pcid); });
}

/// Another PCID is loaded.
void Explorer::leave(Processor& processor, const x86::PagingMode& before)
{
    if (!before.cr0.paging() || before.pcid() == processor.mode.pcid()) return;
    processor.left[before.pcid()] = {before};
    processor.left.erase(processor.mode.pcid());
}

void Explorer::store(unsigned /*cpu*/, PhysicalAddress address, std::uint64_t value)
{
    const Word old = word(address);
    // Whatever was cached of the old value was cached with A set. [intel/vol3] 4.10.2.3
    const bool clears_accessed = !Entry{value}.accessed();
    memory_[address] = {value, old.version + 1, clears_accessed ? old.version + 1 : old.cleared};
    close_all();
    ++now_;
}

void Explorer::mov_cr0(unsigned cpu, x86::Cr0 value)
{
    Processor& processor = processors_[cpu];
    remove(processor, mov_cr0_removes(value, processor.mode, configuration_.vendor));
    processor.mode.cr0 = value;
    if (!value.paging()) processor.left.clear();
    close(processor);
    ++now_;
}

RootJudgement Explorer::mov_cr3(unsigned cpu, std::uint64_t value)
{
    Processor& processor = processors_[cpu];
    const x86::PagingMode before = processor.mode;
    const x86::Removal removal = mov_cr3_removes(value, before);
    RootJudgement judgement;
    remove(processor, removal);
    processor.mode.cr3 = {value & ~x86::Cr3::no_flush};
    judgement.pcid = processor.mode.pcid();
    if (removal.none() && before.cr0.paging()) {
        const auto left = processor.left.find(judgement.pcid);
        if (before.pcid() == judgement.pcid) judgement.recycled = before.cr3.root() != processor.mode.cr3.root();
        if (left != processor.left.end() && !left->second.flushed) {
            judgement.recycled = left->second.mode.cr3.root() != processor.mode.cr3.root();
        }
    }
    leave(processor, before);
    close(processor);
    judge_pending(processor, judgement);
    ++now_;
    return judgement;
}

void Explorer::mov_cr4(unsigned cpu, x86::Cr4 value)
{
    Processor& processor = processors_[cpu];
    const x86::PagingMode before = processor.mode;
    const x86::Removal removal = mov_cr4_removes(value, before, configuration_.vendor);
    remove(processor, removal);
    processor.mode.cr4 = value;
    if (removal.translations != x86::Reach::everything) leave(processor, before);
    close(processor);
    ++now_;
}

void Explorer::wrmsr_efer(unsigned cpu, x86::Efer value)
{
    processors_[cpu].mode.efer = value;
    close(processors_[cpu]);
    ++now_;
}

void Explorer::invlpg(unsigned cpu, std::uint64_t linear)
{
    ++now_;
    Processor& processor = processors_[cpu];
    const auto canonical = LinearAddress::try_canonical(linear, processor.mode.linear_width());
    if (!canonical) return;
    remove(processor, invlpg_removes(*canonical, processor.mode, configuration_.vendor));
    close(processor);
}

/// Type 0 with an address that is not canonical raises #GP and removes nothing. [intel/vol2] INVPCID
void Explorer::invpcid(unsigned cpu, x86::InvpcidType type, std::uint16_t pcid, std::uint64_t linear)
{
    ++now_;
    Processor& processor = processors_[cpu];
    const auto canonical = LinearAddress::try_canonical(linear, processor.mode.linear_width());
    if (type == x86::InvpcidType::address && !canonical) return;
    remove(processor, invpcid_removes(type, pcid, canonical.value_or(LinearAddress{})));
    close(processor);
}

Explorer::Processor Explorer::afresh(const Processor& processor)
{
    Processor fresh;
    fresh.mode = processor.mode;
    close(fresh);
    return fresh;
}

/// What is stale at this moment is doomed, on every processor.
void Explorer::invlpgb(unsigned cpu, const x86::Invlpgb& operands)
{
    const Doom doom{cpu, ++now_, operands};
    for (Processor& processor : processors_) {
        const Processor fresh = afresh(processor);
        doom_stale(processor.translations, fresh.translations, doom,
                   [&](const TlbEntry& entry) { return removes_translation(operands, entry.tag); });
        doom_stale(processor.structures, fresh.structures, doom, [&](const StructureEntry& entry) {
            return removes_structure(operands, entry.region, entry.level, entry.pcid);
        });
        for (auto& [pcid, space] : processor.left) {
            if (operands.empties() && operands.reaches(pcid)) space.emptied_by.insert(cpu);
        }
    }
    close_all();
}

void Explorer::tlbsync(unsigned cpu)
{
    ++now_;
    for (Processor& processor : processors_) {
        erase_doomed(processor.translations, cpu);
        erase_doomed(processor.structures, cpu);
        for (auto& [pcid, space] : processor.left) {
            if (space.emptied_by.erase(cpu) == 0) continue;
            space.returnable = false;
            space.flushed = true;
            const std::uint16_t emptied = pcid;
            std::erase_if(processor.pending, [&](const Pending& one) { return one.pcid == emptied; });
        }
    }
    close_all();
}

void Explorer::page_fault(unsigned cpu, std::uint64_t linear)
{
    ++now_;
    Processor& processor = processors_[cpu];
    const auto canonical = LinearAddress::try_canonical(linear, processor.mode.linear_width());
    if (!canonical) return;
    remove(processor, page_fault_removes(*canonical, processor.mode));
    close(processor);
}

Opinion Explorer::access(unsigned cpu, std::uint64_t linear, Access access)
{
    ++now_;
    Processor& processor = processors_[cpu];
    const auto canonical = x86::accessed_address(linear, access, processor.mode);
    Opinion opinion;
    if (!canonical) {
        opinion.verdict = Verdict::architectural_fault;
        return opinion;
    }
    if (!processor.mode.cr0.paging()) { // linear addresses are physical
        opinion.tables.translation.emplace().page = PhysicalAddress{canonical->page().value()};
        return opinion;
    }
    opinion.tables =
        walk(*canonical, access, processor.mode, [this](PhysicalAddress address) { return entry_at(address); });
    opinion.candidates = candidates(processor, *canonical, access);
    opinion.verdict = judge(processor, *canonical, access, opinion);
    if (opinion.tables.translation) set_accessed_dirty(processor, *canonical, access.kind);
    if (opinion.verdict == Verdict::architectural_fault) {
        remove(processor, page_fault_removes(*canonical, processor.mode));
    }
    close_all();
    return opinion;
}

// Judging an access -----------------------------------------------------------------------------------------------

/// An entry without a key counts as one with any key, so that it may both permit and deny.
std::vector<Candidate> Explorer::candidates_of(const TlbEntry& entry, const Processor& processor, Access access)
{
    std::vector<Candidate> found;
    for (std::uint8_t key = 0; key != x86::no_key; ++key) {
        Translation used = entry.translation;
        if (used.key == x86::no_key) used.key = key;
        found.push_back({entry.translation, permits(used, access, processor.mode), entry.path});
        if (entry.translation.key != x86::no_key) break;
    }
    return found;
}

std::vector<Candidate> Explorer::candidates(const Processor& processor, LinearAddress linear, Access access) const
{
    std::vector<Candidate> found;
    for (const TlbEntry& entry : processor.translations) {
        if (!entry.tag.covers(linear)) continue;
        if (entry.tag.pcid != processor.mode.pcid() && !entry.tag.global) continue;
        std::ranges::move(candidates_of(entry, processor, access), std::back_inserter(found));
    }
    for (const StructureEntry& entry : processor.structures) {
        if (!entry.covers(linear) || entry.pcid != processor.mode.pcid()) continue;
        if (const auto fault = fault_from(processor, entry, linear)) found.push_back(*fault);
    }
    return found;
}

/// A walk that starts at a paging-structure entry and finds no leaf. Those that find one are in T already.
std::optional<Candidate> Explorer::fault_from(const Processor& processor, const StructureEntry& start,
                                              LinearAddress linear) const
{
    for (WalkPosition position = start.next;;) {
        const WalkStep step = walk_step(position, entry_at(position.entry_address(linear)), processor.mode);
        if (step.kind == WalkStep::Kind::fault) return Candidate{};
        if (step.kind == WalkStep::Kind::leaf) return std::nullopt;
        position = step.next;
    }
}

Verdict Explorer::judge(const Processor& processor, LinearAddress linear, Access access, const Opinion& opinion) const
{
    Verdict worst = Verdict::ok;
    for (const Candidate& candidate : opinion.candidates) {
        worst = worse(worst, compare(processor, linear, access, candidate, opinion.tables));
    }
    if (worst != Verdict::ok || opinion.tables.translation) return worst;
    return Verdict::architectural_fault;
}

Verdict Explorer::compare(const Processor& processor, LinearAddress linear, Access access, const Candidate& candidate,
                          const WalkOutcome& tables) const
{
    if (!candidate.permitted) {
        // AMD walks again before it reports a fault. [amd/vol2] 5.5.3
        const bool reported = !promises_as_amd(configuration_.vendor);
        return tables.translation && reported ? Verdict::spurious_fault : Verdict::ok;
    }
    const auto leaf = current_leaf(processor.mode, linear);
    const Translation& used = *candidate.translation;
    if (!leaf || leaf->physical(linear) != used.physical(linear)) return Verdict::stale_translation;
    if (!tables.translation) return Verdict::stale_permission;
    if (leaf->pat_index != used.pat_index) return Verdict::stale_memory_type;
    if (access.kind == AccessKind::write && used.dirty && !leaf->dirty) return Verdict::lost_dirty;
    return loses_accessed(processor, linear, candidate.path) ? Verdict::lost_accessed : Verdict::ok;
}

/// A processor sets A when it makes an entry, not when it uses one: what was made before software cleared A leaves it
/// clear. [intel/vol3] 4.10.2.3, 4.10.4.3
bool Explorer::loses_accessed(const Processor& processor, LinearAddress linear, const Path& path) const
{
    const std::vector<Slot> slots = current_path(processor, linear);
    return std::any_of(slots.begin(), slots.end(), [&](const Slot& slot) {
        const Word now = word(slot.address);
        const auto older = [&](const Slot& used) {
            return used.version != 0 && used.address == slot.address && used.version < now.cleared;
        };
        return !Entry{now.value}.accessed() && std::any_of(path.begin(), path.end(), older);
    });
}

std::vector<Slot> Explorer::current_path(const Processor& processor, LinearAddress linear) const
{
    std::vector<Slot> slots;
    for (WalkPosition position = walk_start(processor.mode);;) {
        const PhysicalAddress address = position.entry_address(linear);
        slots.push_back({address, word(address).version});
        const WalkStep step = walk_step(position, entry_at(address), processor.mode);
        if (step.kind != WalkStep::Kind::descend) return slots;
        position = step.next;
    }
}

std::optional<Translation> Explorer::current_leaf(const x86::PagingMode& mode, LinearAddress linear) const
{
    for (WalkPosition position = walk_start(mode);;) {
        const WalkStep step = walk_step(position, entry_at(position.entry_address(linear)), mode);
        if (step.kind == WalkStep::Kind::leaf) return step.translation;
        if (step.kind == WalkStep::Kind::fault) return std::nullopt;
        position = step.next;
    }
}

/// The processor's own update; it is no store of software's, so the versions stay.
void Explorer::set_accessed_dirty(const Processor& processor, LinearAddress linear, AccessKind kind)
{
    const std::vector<Slot> slots = current_path(processor, linear);
    for (const Slot& slot : slots) {
        const bool is_leaf = &slot == &slots.back();
        memory_[slot.address].value |= accessed_dirty_update(entry_at(slot.address), is_leaf, kind);
    }
}

} // namespace drywalk::oracle::test
