// SPDX-License-Identifier: MIT
// PCIDs that are not current. What they may hold is frozen: nothing is added, and only what names them removes.
// [intel/vol3] 4.10.4.1
//
// A space is not written down when it is left. Whatever changes of what it had been made of is written down then.
// Global translations serve every PCID, so those that the next root does not have are written down at once; those that
// it has too follow, as twins, when the current tables part from them.
#include "models/oracle/processor.hpp"

#include <algorithm>

namespace drywalk::oracle {

using x86::Entry;
using x86::LinearAddress;
using x86::PagingMode;
using x86::PhysicalAddress;
using x86::Reach;
using x86::Removal;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

Processor::ParkedSpace* Processor::space_of(std::uint16_t pcid)
{
    if (pcid == mode_.pcid()) return nullptr;
    const auto found = parked_.find(pcid);
    return found == parked_.end() ? nullptr : &found->second;
}

const Processor::ParkedSpace* Processor::parked_space(std::uint16_t pcid) const
{
    const auto found = parked_.find(pcid);
    return found == parked_.end() ? nullptr : &found->second;
}

void Processor::park(std::unique_ptr<WalkSource> root, const PagingMode& before)
{
    ParkedSpace& space = parked_[before.pcid()];
    space.root = std::move(root);
    space.mode = before;
    space.left_at = shared_.now;
    ++shared_.parked_spaces;
}

/// Global translations that were made through stale paging-structure entries serve the other PCID too.
void Processor::keep_globals_of_structures(const PagingMode& before)
{
    structures_.for_each_of(before.pcid(), [&](const WalkSource& source) {
        std::optional<WalkPosition> current;
        if (!accessed_cleared_since(source.trail)) current = current_position(source.region, source.start.level);
        retire(source.start, source.region, current, source.trail,
               {before,
                {},
                source.pcid,
                Share::globals,
                false,
                false,
                source.established_by,
                true,
                nullptr,
                source.dooms});
    });
}

/// `pcid` is current again. What it holds from another root stays unless it was removed; its paging-structure entries
/// may be walked from again, under the mode that holds now.
void Processor::unpark(std::uint16_t pcid)
{
    const auto parked = parked_.find(pcid);
    if (parked == parked_.end()) return;
    const ParkedSpace space = std::move(parked->second);
    parked_.erase(parked);
    --shared_.parked_spaces;
    std::vector<WalkSource> sources;
    structures_.for_each_of(pcid, [&](const WalkSource& source) { sources.push_back(source); });
    if (!space.only_globals) sources.push_back(*space.root);
    if (reads_differently(space.mode, mode_)) {
        for (const WalkSource& source : sources) {
            retire(source.start, source.region, source.start, source.trail,
                   {space.mode,
                    {},
                    pcid,
                    Share::all_but_globals,
                    true,
                    true,
                    source.established_by,
                    !source.is_root,
                    &space,
                    source.dooms});
        }
    }
    if (!space.only_globals) {
        retire(space.root->start, {}, root_->start, {},
               {space.mode,
                {},
                pcid,
                Share::all_but_globals,
                true,
                false,
                space.root->established_by,
                false,
                &space,
                space.root->dooms});
    }
    structures_.change_dooms([&](WalkSource& source) {
        if (source.pcid != pcid || source.dooms.empty()) return;
        source.dooms = source.dooms.of(source.region, x86::above(source.start.level), pcid);
    });
    shared_.graph.detach(*space.root);
}

/// Nothing is cached any more.
void Processor::unpark_all()
{
    for (auto& [pcid, space] : parked_)
        shared_.graph.detach(*space.root);
    shared_.parked_spaces -= parked_.size();
    parked_.clear();
    pending_.clear();
}

/// What `removal` takes of the PCIDs that are not current, paging-structure entries that are written down excepted.
bool Processor::remove_parked(const Removal& removal)
{
    if (parked_.empty() || removal.none()) return false;
    if (removal.translations == Reach::everything) {
        unpark_all();
        return true;
    }
    if (removal.translations == Reach::page) return remove_parked_page(removal);
    bool removed = false;
    for (auto& [pcid, space] : parked_) {
        if (removal.translations != Reach::all_non_global && pcid != removal.pcid) continue;
        removed = removed || !space.flushed;
        space.only_globals = true;
        space.flushed = true;
        forget_pending(pcid);
    }
    return removed;
}

/// An address of a parked PCID, or a global translation of any.
bool Processor::remove_parked_page(const Removal& removal)
{
    bool removed = false;
    if (ParkedSpace* const space = space_of(removal.pcid)) {
        removed = !space->flushed;
        write_down_root(*space);
    }
    if (!removal.page_includes_global || !removal.global_of_any_pcid) return removed;
    return invalidate_parked_globals(removal.linear) || removed;
}

/// True if some space had one.
bool Processor::invalidate_parked_globals(LinearAddress linear)
{
    bool any = false;
    for (auto& [pcid, space] : parked_) {
        shared_.spend(walk_steps);
        bool implied = parked_global(space, *space.root, linear).has_value();
        structures_.for_each_covering(linear, pcid, [&, &of = space](const WalkSource& source) {
            implied = implied || parked_global(of, source, linear);
        });
        if (implied) space.invalidated.insert(linear.page());
        any = any || implied;
    }
    return any;
}

/// The paging-structure entries of the highest level stand for everything below them, so that a part can be removed.
void Processor::write_down_root(ParkedSpace& space)
{
    if (space.only_globals) return;
    const WalkSource& root = *space.root;
    retire(root.start, {}, std::nullopt, {},
           {space.mode,
            {},
            root.pcid,
            Share::all_but_globals,
            true,
            false,
            root.established_by,
            false,
            &space,
            root.dooms});
    space.only_globals = true;
}

/// The first change of a slot writes down what it said; later values were never cached.
void Processor::parked_entry_changes(const WalkSource& source, const Reading& reading, LinearAddress linear, Entry old,
                                     Entry value)
{
    constexpr std::uint64_t steps = 32; // what is written down is looked up in several tables
    shared_.spend(steps);
    const auto& [position, established, trail] = reading;
    ParkedSpace& space = *space_of(source.pcid);
    const WalkStep step = walk_step(position, old, space.mode);
    const bool leaf = step.kind == WalkStep::Kind::leaf;
    const bool said_nothing = step.kind == WalkStep::Kind::fault;
    const bool sets_dirty = leaf && old.dirty() != value.dirty();
    // A change is one for all sources that lead to the slot, whatever the entries above allow.
    const WalkPosition open{position.level, position.table, {}};
    const bool changes =
        leaves_something_stale(walk_step(open, old, space.mode), walk_step(open, value, space.mode), value);
    if (!said_nothing && !sets_dirty && !changes) return;
    const std::uint64_t slot = ParkedSpace::key(position.entry_address(linear), position.level);
    const auto [change, is_first] = space.changed.try_emplace(slot, shared_.now);
    if (said_nothing || (!is_first && change->second != shared_.now)) return;
    const bool only_globals = source.is_root && space.only_globals;
    if (!leaf && only_globals) {
        return retire(
            step.next, linear, std::nullopt, trail,
            {space.mode, {}, source.pcid, Share::globals, false, false, established, false, &space, source.dooms});
    }
    const bool is_gone = !leaf && source.dooms.of(linear, position.level, source.pcid).any_complete();
    if (is_gone) {
        return retire(
            step.next, linear, std::nullopt, trail,
            {space.mode, {}, source.pcid, Share::all, true, false, established, !source.is_root, &space, source.dooms});
    }
    if (!leaf) return add_structure(source.pcid, linear, step.next, established, trail, source.dooms);
    StaleTranslation stale{step.translation,
                           linear.page(step.translation.size),
                           source.pcid,
                           !source.is_root,
                           established,
                           shared_.now,
                           trail};
    if (only_globals && !step.translation.global) return;
    if (step.translation.global && space.lost_global(stale.base, step.translation.size)) return;
    stale.dooms = source.dooms.of(stale.tag());
    if (!stale.dooms.any_complete()) stale_.add(stale);
}

/// The global translation of `linear` that `source` had led to when its space was left.
std::optional<StaleTranslation> Processor::parked_global(const ParkedSpace& space, const WalkSource& source,
                                                         LinearAddress linear)
{
    Trail trail = source.trail;
    EventIndex established = source.established_by;
    for (WalkPosition position = source.start;;) {
        const PhysicalAddress at = position.entry_address(linear);
        if (space.changed_before(at, position.level, shared_.now)) return std::nullopt;
        const EventIndex stored_by = shared_.memory.stored_by(at);
        const WalkStep step = walk_step(position, shared_.memory.read(at), space.mode);
        trail = trail.with(position.level, at, stored_by);
        established = std::max(established, stored_by);
        if (step.kind == WalkStep::Kind::fault) return std::nullopt;
        if (step.kind == WalkStep::Kind::leaf) {
            const Translation& found = step.translation;
            const LinearAddress base = linear.page(found.size);
            if (!found.global || space.lost_global(base, found.size)) return std::nullopt;
            StaleTranslation global{found, base, source.pcid, !source.is_root, established, shared_.now, trail};
            global.dooms = source.dooms.of(global.tag());
            if (global.dooms.any_complete()) return std::nullopt;
            return global;
        }
        position = step.next;
    }
}

/// The current tables part from `stale`. Parked spaces may hold the same translation under their own tags, which other
/// events remove.
void Processor::add_parked_twins(const StaleTranslation& stale, const Removal& removal)
{
    if (!stale.translation.global) return;
    const auto add = [&](const ParkedSpace& space, const WalkSource& source) {
        const auto twin = parked_global(space, source, stale.base);
        if (!twin || twin->translation != stale.translation) return;
        if (!removes_translation(removal, twin->tag())) stale_.add(*twin);
    };
    for (const auto& [pcid, space] : parked_) {
        if (pcid == stale.pcid) continue;
        shared_.spend(walk_steps);
        add(space, *space.root);
        structures_.for_each_covering(stale.base, pcid,
                                      [&, &of = space](const WalkSource& source) { add(of, source); });
    }
}

/// The processor sets D. Parked spaces keep what they had, which matters once software clears it again. In a read-only
/// leaf, without CR0.WP, it matters to all.
void Processor::announce_dirty(PhysicalAddress address, Entry old, Entry value)
{
    if (shared_.parked_spaces != 0 || !old.writable()) shared_.announce(address, old, value);
}

} // namespace drywalk::oracle
