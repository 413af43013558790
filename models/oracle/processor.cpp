// SPDX-License-Identifier: MIT
// What may be cached: how deviations come into being and go. judging.cpp compares them with the tables.
#include "models/oracle/processor.hpp"

#include <algorithm>

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

namespace {

/// The bits of an entry that a cached copy holds, A and D included. [intel/vol3] 4.10.2.2, 4.10.3.1; bits 11:9 and
/// 62:52 are software's, but for the key.
constexpr std::uint64_t cached_bits(bool leaf, bool keys)
{
    constexpr std::uint64_t always = Entry::present_bit | Entry::writable_bit | Entry::user_bit | Entry::accessed_bit |
                                     Entry::page_size_bit | Entry::execute_disable_bit | Entry::address_mask;
    constexpr std::uint64_t of_leaf =
        Entry::write_through_bit | Entry::cache_disable_bit | Entry::dirty_bit | Entry::global_bit;
    return leaf ? always | of_leaf | (keys ? Entry::key_mask : 0) : always;
}

/// A read-only leaf becomes dirty: what was cached of it before is no page of a shadow stack.
bool makes_shadow_stack(Entry old, Entry value) { return !old.writable() && !old.dirty() && value.dirty(); }

Level above(Level level) { return static_cast<Level>(static_cast<std::uint8_t>(level) + 1); }

} // namespace

bool leaves_something_stale(Entry old, Entry value, bool leaf, const PagingMode& mode)
{
    const std::uint64_t changed = (old.raw() ^ value.raw()) & cached_bits(leaf, mode.cr4.caches_keys());
    constexpr std::uint64_t flags = Entry::accessed_bit | Entry::dirty_bit;
    if ((changed & ~flags) != 0 || (changed & flags & old.raw()) != 0) return true;
    return leaf && makes_shadow_stack(old, value);
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
    const auto reading = read_down_to(source, way.linear, level);
    if (!reading) return;
    if (space_of(source.pcid) != nullptr) return parked_entry_changes(source, *reading, way.linear, old, value);
    const WalkStep step = walk_step(reading->position, old, mode_);
    const bool leaf = step.kind == WalkStep::Kind::leaf;
    if (step.kind == WalkStep::Kind::fault || !leaves_something_stale(old, value, leaf, mode_)) return;
    const auto& [position, established, trail] = *reading;
    if (!leaf) return add_structure(source.pcid, way.linear, step.next, established, trail);
    const Translation& translation = step.translation;
    const StaleTranslation stale{
        translation, way.linear.page(translation.size), source.pcid, !source.is_root, established, shared_.now, trail};
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
                              EventIndex established_by, const Trail& trail)
{
    const LinearAddress region = linear.region(above(start.level));
    const auto known = std::ranges::find_if(structures_, [&](const WalkSource& other) {
        return other.pcid == pcid && other.region == region && other.start == start && other.trail.same_slots(trail);
    });
    if (known != structures_.end()) return known->trail.take_older(trail);
    structures_.push_back({number_, pcid, region, start, false, established_by, shared_.now, trail});
    shared_.graph.attach(structures_.back());
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
    if (structures_.empty() || removal.structures == Reach::nothing) return 0;
    std::list<WalkSource> removed;
    for (auto source = structures_.begin(); source != structures_.end();) {
        const auto next = std::next(source);
        if (removes_structure(removal, source->region, above(source->start.level), source->pcid)) {
            removed.splice(removed.end(), structures_, source);
        }
        source = next;
    }
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
            source.established_by, true, space});
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
    shared_.effort.spend(shared_.now);
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
        add_structure(how.pcid, linear, step.next, established, longer);
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
    if (!removes_translation(how.removal, stale.tag())) stale_.add(stale);
}

bool Processor::structure_survives(LinearAddress linear, Level level, const Retirement& how) const
{
    return how.keep_structures || !removes_structure(how.removal, linear, level, how.pcid);
}

// Control registers --------------------------------------------------------------------------------------------------

bool Processor::mov_cr3(std::uint64_t value)
{
    const PagingMode before = mode_;
    const Removal removal = mov_cr3_removes(value, before);
    const bool mattered = remove(removal);
    mode_.cr3 = {value & ~x86::Cr3::no_flush};
    if (root_) change_root(before, removal);
    memo_.load(memo_key(), shared_.tables_version);
    return mattered;
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
    const Removal removal = mov_cr0_removes(value, mode_, shared_.vendor);
    const bool was_paging = mode_.cr0.paging();
    const bool mattered = remove(removal);
    mode_.cr0 = value;
    memo_.forget_all();
    if (was_paging && !value.paging()) {
        shared_.graph.detach(*root_);
        root_.reset();
    }
    if (!was_paging && value.paging()) load_root();
    return mattered || removal.none();
}

bool Processor::mov_cr4(x86::Cr4 value)
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
    // Setting PGE again after a toggle, or for the first time, is not there to invalidate.
    const bool on_purpose = before.cr4.global_pages() && !value.global_pages();
    return mattered || !on_purpose;
}

/// No invalidation: entries that were made with XD honoured stay, though XD is a reserved bit now.
bool Processor::wrmsr_efer(x86::Efer value)
{
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
    for (const WalkSource& source : structures_) {
        if (source.pcid == mode_.pcid()) sources.push_back(source);
    }
    for (const WalkSource& source : sources) {
        retire(source.start, source.region, source.start, source.trail,
               {before, removal, source.pcid, Share::all, true, true, source.established_by, !source.is_root, nullptr});
    }
}

// The current tables -------------------------------------------------------------------------------------------------

std::optional<WalkPosition> Processor::current_position(LinearAddress linear, Level level)
{
    if (!root_) return std::nullopt;
    WalkPosition position = root_->start;
    while (position.level != level) {
        const WalkStep step = walk_step(position, shared_.memory.read(position.entry_address(linear)), mode_);
        if (step.kind != WalkStep::Kind::descend) return std::nullopt;
        position = step.next;
    }
    return position;
}

std::optional<Translation> Processor::current_translation(LinearAddress linear)
{
    if (!root_) return std::nullopt;
    const WalkStep step =
        last_step(root_->start, linear, mode_, [&](PhysicalAddress address) { return shared_.memory.read(address); });
    return step.kind == WalkStep::Kind::leaf ? std::optional{step.translation} : std::nullopt;
}

} // namespace drywalk::oracle
