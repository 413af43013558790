// SPDX-License-Identifier: MIT
// What may be cached: how deviations come into being and go. judging.cpp compares them with the tables.
#include "models/oracle/processor.hpp"

#include <algorithm>
#include <list>
#include <utility>

namespace drywalk::oracle {

using x86::Entry;
using x86::Level;
using x86::LinearAddress;
using x86::PagingMode;
using x86::PhysicalAddress;
using x86::Reach;
using x86::Removal;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

bool leaves_something_stale(const WalkStep& old, const WalkStep& now, Entry value)
{
    if (old.kind == WalkStep::Kind::fault) return false;
    if (old.kind != now.kind || !value.accessed()) return true;
    if (old.kind == WalkStep::Kind::descend) return old.next != now.next;
    Translation before = old.translation;
    before.dirty = before.dirty || now.translation.dirty;
    return before != now.translation;
}

/// XD was honoured and is a reserved bit now, or translations hold a key now and did not, or the other way round.
bool reads_differently(const PagingMode& before, const PagingMode& now)
{
    const bool loses_execute_disable = before.efer.execute_disable() && !now.efer.execute_disable();
    return loses_execute_disable || before.cr4.caches_keys() != now.cr4.caches_keys();
}

Processor::Processor(unsigned number, Shared& shared, const PagingMode& mode)
    : number_{number}, shared_{shared}, mode_{mode}
{
    load_root();
}

Processor::~Processor() = default;

std::unique_ptr<WalkSource> Processor::make_root() const
{
    auto root = std::make_unique<WalkSource>();
    root->cpu = number_;
    root->pcid = mode_.pcid();
    root->start = walk_start(mode_);
    root->is_root = true;
    root->established_by = shared_.now;
    return root;
}

void Processor::load_root()
{
    if (!mode_.cr0.paging()) return;
    root_ = make_root();
    shared_.graph.attach(*root_);
}

// Changes of the tables ----------------------------------------------------------------------------------------------

void Shared::announce(PhysicalAddress address, Entry old, Entry value)
{
    const std::uint8_t levels = memory.frame(address).table_levels;
    for (unsigned number = 1; number <= x86::level_count; ++number) {
        if ((levels >> number & 1) == 0) continue;
        const auto level = static_cast<Level>(number);
        ways.clear();
        graph.ways_to(address, level, ways);
        for (const Reached& way : ways)
            processors[way.source->cpu]->entry_changes(way, level, old, value);
    }
}

void Processor::entry_changes(const Reached& way, Level level, Entry old, Entry value)
{
    const WalkSource& source = *way.source;
    if (&source == root_.get()) {
        if (level == Level::pte)
            memo_.forget(way.linear);
        else
            memo_.forget_root();
    }
    shared_.spend(walk_steps);
    const auto reading = read_down_to(source, way.linear, level);
    if (!reading) return;
    if (space_of(source.pcid) != nullptr) return parked_entry_changes(source, *reading, way.linear, old, value);
    const WalkStep step = walk_step(reading->position, old, mode_);
    if (!leaves_something_stale(step, walk_step(reading->position, value, mode_), value)) return;
    const auto& [position, established, trail] = *reading;
    const bool descends = step.kind == WalkStep::Kind::descend;
    if (descends) return add_structure(source.pcid, way.linear, step.next, established, trail, source.dooms);
    const Translation& translation = step.translation;
    StaleTranslation stale{
        translation, way.linear.page(translation.size), source.pcid, !source.is_root, established, shared_.now, trail};
    stale.dooms = source.dooms.of(stale.tag());
    stale_.add(stale);
    add_parked_twins(stale, {});
}

/// Walks from `source` to the entry at `level`; nothing if entries above no longer lead there for whom it serves.
std::optional<Processor::Reading> Processor::read_down_to(const WalkSource& source, LinearAddress linear, Level level)
{
    const ParkedSpace* const space = space_of(source.pcid);
    Reading reading{source.start, source.established_by, source.trail};
    for (;;) {
        const Level here = reading.position.level;
        const PhysicalAddress at = reading.position.entry_address(linear);
        if (here != level && space != nullptr && space->changed_before(at, here, shared_.now)) return std::nullopt;
        const EventIndex stored_by = shared_.memory.stored_by(at);
        reading.established_by = std::max(reading.established_by, stored_by);
        reading.trail = reading.trail.with(here, at, stored_by);
        if (here == level) return reading;
        const PagingMode& mode = space == nullptr ? mode_ : space->mode;
        const WalkStep step = walk_step(reading.position, shared_.memory.read(at), mode);
        if (step.kind != WalkStep::Kind::descend) return std::nullopt;
        reading.position = step.next;
    }
}

void Processor::add_structure(std::uint16_t pcid, LinearAddress linear, const WalkPosition& start,
                              EventIndex established_by, const Trail& trail, const Dooms& dooms)
{
    const Level level = above(start.level);
    const LinearAddress region = linear.region(level);
    // What is made of an entry of a loaded PCID can be made again while the entry is there.
    const bool makes_more = space_of(pcid) == nullptr;
    const WalkSource source{number_,     pcid,  region,
                            start,       false, established_by,
                            shared_.now, trail, makes_more ? dooms.of(region, level, pcid) : dooms};
    shared_.spend(1 + structures_.alike(source));
    if (WalkSource* const added = structures_.add(source)) shared_.graph.attach(*added);
}

bool Processor::accessed_cleared_since(const Trail& trail) const
{
    return std::ranges::any_of(trail.slots,
                               [&](const Trail::Slot& slot) { return shared_.memory.accessed_cleared_since(slot); });
}

// Invalidation -------------------------------------------------------------------------------------------------------

bool Processor::remove(const Removal& removal)
{
    const bool parked = remove_parked(removal);
    const std::size_t structures = remove_structures(removal);
    const std::size_t translations = stale_.remove(removal);
    return parked || structures + translations != 0;
}

std::size_t Processor::remove_structures(const Removal& removal)
{
    std::list<WalkSource> removed = structures_.extract(removal);
    for (WalkSource& source : removed) {
        retire_structure(source, removal);
        shared_.graph.detach(source);
    }
    return removed.size();
}

/// A paging-structure entry goes, but translations that were made through it, and entries below it, may stay. They are
/// not those that the current tables lead to if A was cleared after they were made.
void Processor::retire_structure(const WalkSource& source, const Removal& removal)
{
    const ParkedSpace* const space = space_of(source.pcid);
    std::optional<WalkPosition> current;
    if (space == nullptr && !accessed_cleared_since(source.trail)) {
        current = current_position(source.region, source.start.level);
    }
    retire(source.start, source.region, current, source.trail,
           {space == nullptr ? mode_ : space->mode, removal, source.pcid, Share::all, false, false,
            source.established_by, true, space, source.dooms});
}

void Processor::retire(const WalkPosition& position, LinearAddress region, const std::optional<WalkPosition>& current,
                       const Trail& trail, const Retirement& how)
{
    if (current == position && !how.mode_changes) return; // the current tables lead to the same entries
    const Reach reach = how.removal.translations;
    const bool nothing_stays = reach == Reach::everything && !how.keep_structures;
    if (nothing_stays) return;
    const bool only_globals_stay =
        (how.share == Share::globals || reach == Reach::current_pcid || reach == Reach::all_non_global) &&
        !how.keep_structures;
    if (only_globals_stay && !shared_.graph.may_hold_global(position.table, position.level)) return;
    const auto* const present = shared_.graph.present(position.table, position.level);
    if (present == nullptr) return;
    const std::bitset<x86::entries_per_table> entries = *present;
    for (std::uint64_t index = 0; index < x86::entries_per_table; ++index) {
        if (!entries.test(index)) continue;
        const std::uint64_t address = region.value() | index << index_shift(position.level);
        const LinearAddress linear = LinearAddress::truncate(address, how.mode.linear_width());
        retire_entry(position, linear, current, trail, how);
    }
}

void Processor::retire_entry(const WalkPosition& position, LinearAddress linear,
                             const std::optional<WalkPosition>& current, const Trail& trail, const Retirement& how)
{
    shared_.spend();
    const PhysicalAddress at = position.entry_address(linear);
    if (how.space != nullptr && how.space->changed_before(at, position.level, shared_.now)) return;
    const WalkStep step = walk_step(position, shared_.memory.read(at), how.mode);
    if (step.kind == WalkStep::Kind::fault) return;
    WalkStep now;
    if (current) now = walk_step(*current, shared_.memory.read(current->entry_address(linear)), mode_);
    const EventIndex stored_by = shared_.memory.stored_by(at);
    const EventIndex established = std::max(how.established_by, stored_by);
    const Trail longer = trail.with(position.level, at, stored_by);

    if (step.kind == WalkStep::Kind::leaf) {
        if (now.kind == WalkStep::Kind::leaf && now.translation == step.translation) return;
        return retire_leaf({step.translation, linear, how.pcid, how.from_structure, established, shared_.now, longer},
                           how);
    }
    const bool same = now.kind == WalkStep::Kind::descend && now.next == step.next;
    if (same && !how.mode_changes) return;
    if (!same && how.share != Share::globals && structure_survives(linear, position.level, how)) {
        add_structure(how.pcid, linear, step.next, established, longer, how.dooms);
        // What lies below it may still be walked to, and so is accounted for, unless it reads differently now.
        if (how.mode_changes) retire(step.next, linear, step.next, longer, how);
        return;
    }
    std::optional<WalkPosition> current_below;
    if (now.kind == WalkStep::Kind::descend) current_below = now.next;
    retire(step.next, linear, current_below, longer, how);
}

void Processor::retire_leaf(const StaleTranslation& stale, const Retirement& how)
{
    const Translation& translation = stale.translation;
    add_parked_twins(stale, how.removal);
    if (how.share == (translation.global ? Share::all_but_globals : Share::globals)) return;
    if (how.space != nullptr && translation.global && how.space->lost_global(stale.base, translation.size)) return;
    if (removes_translation(how.removal, stale.tag())) return;
    StaleTranslation added = stale;
    added.dooms = how.dooms.of(stale.tag());
    if (!added.dooms.any_complete()) stale_.add(added);
}

bool Processor::structure_survives(LinearAddress linear, Level level, const Retirement& how) const
{
    if (how.dooms.of(linear, level, how.pcid).any_complete()) return false;
    return how.keep_structures || !removes_structure(how.removal, linear, level, how.pcid);
}

void Processor::doom(const std::shared_ptr<const Broadcast>& broadcast)
{
    toggle_.reset();
    stale_.doom(broadcast);
    structures_.change_dooms([&](WalkSource& source) {
        shared_.spend();
        const x86::Invlpgb& operands = broadcast->operands;
        const bool selected = removes_structure(operands, source.region, above(source.start.level), source.pcid);
        // Nothing is made again of a PCID that is not loaded.
        if (selected || (source.pcid != mode_.pcid() && operands.reaches(source.pcid))) source.dooms.add(broadcast);
    });
    for (auto& [pcid, space] : parked_) {
        shared_.spend();
        if (broadcast->operands.reaches(pcid)) space.root->dooms.add(broadcast);
    }
}

void Processor::remove_doomed()
{
    toggle_.reset();
    for (auto& [pcid, space] : parked_) {
        if (!space.root->dooms.empties_by_a_complete_one()) continue;
        space.only_globals = true;
        space.flushed = true;
        forget_pending(pcid);
    }
    std::list<WalkSource> removed = structures_.extract_doomed();
    for (WalkSource& source : removed) {
        retire_structure(source, {});
        shared_.graph.detach(source);
    }
    stale_.remove_doomed();
}

// Control registers --------------------------------------------------------------------------------------------------

RootJudgement Processor::mov_cr3(std::uint64_t value)
{
    toggle_.reset();
    const PagingMode before = mode_;
    const Removal removal = mov_cr3_removes(value, before);
    const bool flushes = !removal.none();
    RootJudgement judgement;
    judgement.mattered = remove(removal) || !flushes || !root_;
    mode_.cr3 = {value & ~x86::Cr3::no_flush};
    judgement.pcid = mode_.pcid();
    if (!flushes) judge_recycling(before, judgement);
    if (root_) change_root(before, removal);
    pcid_may_have_changed(before);
    if (flushes) forget_pending(mode_.pcid());
    judge_pending(judgement);
    memo_.load(memo_key(), shared_.tables_version);
    judgement.mattered = judgement.mattered || mode_.cr3 != before.cr3;
    return judgement;
}

void Processor::pcid_may_have_changed(const PagingMode& before)
{
    if (before.pcid() != mode_.pcid()) pcid_since_ = shared_.now;
}

/// Bit 63 keeps what is cached for the PCID; that is of another root. [intel/vol3] 4.10.1, 4.10.4.2
void Processor::judge_recycling(const PagingMode& before, RootJudgement& judgement)
{
    if (!root_) return;
    const WalkSource* kept = nullptr;
    if (before.pcid() == mode_.pcid()) kept = root_.get();
    if (const ParkedSpace* const space = parked_space(mode_.pcid()); space != nullptr && !space->flushed) {
        kept = space->root.get();
    }
    if (kept == nullptr || kept->start.table == mode_.cr3.root()) return;
    judgement.recycled = true;
    judgement.left_root = kept->established_by;
    judgement.remedy.instruction = Remedy::Instruction::mov_cr3;
    judgement.remedy.cpu = number_;
    judgement.remedy.value = mode_.cr3.value;
    if (shared_.now != 0) judgement.remedy.after = shared_.now - 1;
}

/// Another PCID, and nothing is left of the old one.
void Processor::replace_root()
{
    const std::unique_ptr<WalkSource> old = std::move(root_);
    load_root();
    shared_.graph.detach(*old);
}

/// The new root is loaded; the old one is parked under its PCID, or what may stay cached of it becomes stale.
void Processor::change_root(const PagingMode& before, const Removal& removal)
{
    std::unique_ptr<WalkSource> old = std::move(root_);
    load_root();
    const bool parks = before.pcid() != mode_.pcid();
    retire(old->start, {}, root_->start, {},
           {before, parks ? Removal{} : removal, before.pcid(), parks ? Share::globals : Share::all,
            !parks && removal.structures == Reach::nothing, false, old->established_by, false, nullptr});
    shared_.graph.keep(old->start);
    if (!parks) {
        shared_.graph.detach(*old);
        return;
    }
    keep_globals_of_structures(before);
    unpark(mode_.pcid());
    park(std::move(old), before);
}

bool Processor::mov_cr0(x86::Cr0 value)
{
    toggle_.reset();
    const Removal removal = mov_cr0_removes(value, mode_, shared_.vendor);
    const bool was_paging = mode_.cr0.paging();
    static_cast<void>(remove(removal));
    mode_.cr0 = value;
    memo_.forget_all();
    if (was_paging && !value.paging()) {
        shared_.graph.detach(*root_);
        root_.reset();
    }
    if (!was_paging && value.paging()) load_root();
    return true;
}

std::optional<EventIndex> Processor::mov_cr4(x86::Cr4 value)
{
    const PagingMode before = mode_;
    const Removal removal = mov_cr4_removes(value, mode_, shared_.vendor);
    const bool mattered = remove(removal);
    mode_.cr4 = value;
    if ((value.value ^ before.cr4.value) != x86::Cr4::pge) memo_.forget_all();
    memo_.load(memo_key(), shared_.tables_version);
    if (root_ && before.pcid() != mode_.pcid()) {
        if (removal.none())
            change_root(before, {});
        else
            replace_root();
    } else if (root_ && reads_differently(before, mode_) && removal.translations != Reach::everything) {
        reinterpret(before, removal);
    }
    pcid_may_have_changed(before);
    return follow_toggle(before.cr4, mattered);
}

std::optional<EventIndex> Processor::follow_toggle(x86::Cr4 before, bool mattered)
{
    const std::optional<Toggle> begun = std::exchange(toggle_, std::nullopt);
    if (mattered || (before.value ^ mode_.cr4.value) != x86::Cr4::pge) return std::nullopt;
    if (before.global_pages()) {
        toggle_ = Toggle{shared_.now, before.value, shared_.tables_version};
        return std::nullopt;
    }
    const bool ends =
        begun && begun->value_before == mode_.cr4.value && begun->tables_version == shared_.tables_version;
    return ends ? std::optional{begun->event} : std::nullopt;
}

/// No invalidation: entries that were made with XD honoured stay, though XD is a reserved bit now.
bool Processor::wrmsr_efer(x86::Efer value)
{
    toggle_.reset();
    const PagingMode before = mode_;
    mode_.efer = value;
    memo_.forget_all();
    if (root_ && reads_differently(before, mode_)) reinterpret(before, {});
    return true;
}

/// The same entries mean something else from now on; what was made of them before may still be cached.
void Processor::reinterpret(const PagingMode& before, const Removal& removal)
{
    std::vector<WalkSource> sources{*root_};
    structures_.for_each_of(mode_.pcid(), [&](const WalkSource& source) { sources.push_back(source); });
    for (const WalkSource& source : sources) {
        retire(source.start, source.region, source.start, source.trail,
               {before, removal, source.pcid, Share::all, true, true, source.established_by, !source.is_root, nullptr,
                source.dooms});
    }
}

// The current tables -------------------------------------------------------------------------------------------------

std::optional<WalkPosition> Processor::current_position(LinearAddress linear, Level level)
{
    if (!root_) return std::nullopt;
    return position_in(current_view(), linear, level);
}

} // namespace drywalk::oracle
