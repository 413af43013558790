// SPDX-License-Identifier: MIT
// Releases: what still leads into memory that software declares free.
//
// A processor may walk the tables of its root at any moment, and those of a root that a MOV CR3 with bit 63 set may
// return to: a page that is one of them is in use. A translation that the tables justify is no fault of its own, for a
// direct map reaches all memory; one that they no longer justify is. [intel/vol3] 4.10.4.4
#include "models/oracle/processor.hpp"

#include <algorithm>

namespace drywalk::oracle {

using x86::LinearAddress;
using x86::PagingMode;
using x86::PhysicalAddress;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

/// What leads into a range in one way, and what it takes to remove it.
class Processor::Holders {
public:
    void add(const StaleTranslation& stale, LinearAddress linear)
    {
        note({Holder::Role::translation, stale.pcid, linear},
             {stale.translation, stale.from_structure, stale.pcid, stale.established_by, stale.broken_by});
        reachable_.add(stale.tag(), linear, stale.broken_by);
    }
    /// `source` leads to a page in the range by `used`.
    void add(const WalkSource& source, LinearAddress linear, const Translation& used)
    {
        note({Holder::Role::translation, source.pcid, linear},
             {used, true, source.pcid, source.established_by, source.broken_by});
        reachable_.add(source);
        reachable_.add({linear.page(used.size), used.size, source.pcid, used.global}, linear, source.broken_by);
    }
    /// `source` leads to a table of `level` in the range, for the addresses from `region` on.
    void add(const WalkSource& source, LinearAddress region, x86::Level level)
    {
        note({Holder::Role::structure, source.pcid, region},
             {std::nullopt, true, source.pcid, source.established_by, source.broken_by});
        reachable_.add_below(source, region, level);
    }
    void add_user(const TableUsers::Use& use)
    {
        const Holder holder{use.as_root ? Holder::Role::root : Holder::Role::table, use.source->pcid, use.region};
        const EventIndex loaded = use.source->established_by;
        note(holder, {std::nullopt, false, use.source->pcid, loaded, loaded});
    }

    /// Adds all that `others` has.
    void join(const Holders& others)
    {
        for (const Holder& holder : others.finding_.holders) {
            if (finding_.holders.size() < ReleaseFinding::most_holders) finding_.holders.push_back(holder);
        }
        finding_.holder_count += others.finding_.holder_count;
        reachable_.join(others.reachable_);
        if (others.any_parked_) note_parked(others.parked_pcid_, others.left_at_);
        several_parked_ = several_parked_ || others.several_parked_;
    }

    [[nodiscard]] bool empty() const { return finding_.holder_count == 0; }
    [[nodiscard]] const Reachable& reachable() const { return reachable_; }
    [[nodiscard]] ReleaseFinding finding(Verdict verdict, unsigned cpu, Remedy remedy) const
    {
        ReleaseFinding finding = finding_;
        finding.verdict = verdict;
        finding.cpu = cpu;
        finding.remedy = remedy;
        finding.remedy.cpu = cpu;
        return finding;
    }
    /// The PCIDs that are not loaded and what it took to park the last of them, for users that are parked.
    void note_parked(std::uint16_t pcid, EventIndex left_at)
    {
        several_parked_ = several_parked_ || (any_parked_ && pcid != parked_pcid_);
        any_parked_ = true;
        parked_pcid_ = pcid;
        left_at_ = std::max(left_at_, left_at);
    }
    /// The tables of the loaded root are among the users.
    void note_loaded() { any_loaded_ = true; }
    [[nodiscard]] bool any_loaded() const { return any_loaded_; }
    [[nodiscard]] bool any_parked() const { return any_parked_; }
    /// True if the loaded root itself is all there is.
    [[nodiscard]] bool is_loaded_root() const
    {
        return finding_.holder_count == 1 && finding_.holders.front().role == Holder::Role::root;
    }
    /// Empties the parked PCIDs, so that nothing returns to their roots, and all that is stale of them.
    [[nodiscard]] Remedy flush_parked() const
    {
        const EventIndex after = std::max(left_at_, reachable_.last_broken());
        const bool same = !reachable_.any_local() || reachable_.pcid() == parked_pcid_;
        if (reachable_.any_global()) return invpcid(x86::InvpcidType::all_with_global, 0, {}, after);
        if (several_parked_ || !same) return invpcid(x86::InvpcidType::all_but_global, 0, {}, after);
        return invpcid(x86::InvpcidType::single_context, parked_pcid_, {}, after);
    }
    [[nodiscard]] std::vector<std::uint16_t> pcids() const
    {
        std::vector<std::uint16_t> all = pcids_;
        std::ranges::sort(all);
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

private:
    void note(const Holder& holder, const Witness& witness)
    {
        if (std::ranges::find(finding_.holders, holder) != finding_.holders.end()) return;
        if (finding_.holder_count++ == 0) finding_.witness = witness;
        if (finding_.holders.size() < ReleaseFinding::most_holders) finding_.holders.push_back(holder);
        if (pcids_.empty() || pcids_.back() != holder.pcid) pcids_.push_back(holder.pcid);
    }

    ReleaseFinding finding_;
    Reachable reachable_;
    std::vector<std::uint16_t> pcids_;
    bool any_loaded_ = false;
    bool any_parked_ = false;
    bool several_parked_ = false;
    std::uint16_t parked_pcid_ = 0;
    EventIndex left_at_ = 0;
};

// The tables that justify --------------------------------------------------------------------------------------------

Processor::View Processor::view_of(std::uint16_t pcid)
{
    if (const ParkedSpace* const space = space_of(pcid)) return {space->root->start, &space->mode};
    return current_view();
}

/// Where a walk of the view's tables stands at `level`; nothing if it ends above.
std::optional<WalkPosition> Processor::position_in(const View& view, LinearAddress linear, x86::Level level)
{
    WalkPosition position = view.root;
    while (position.level != level) {
        const WalkStep step = walk_step(position, shared_.memory.read(position.entry_address(linear)), *view.mode);
        if (step.kind != WalkStep::Kind::descend) return std::nullopt;
        position = step.next;
    }
    return position;
}

std::optional<Translation> Processor::translation_in(const View& view, LinearAddress linear)
{
    const auto read = [&](PhysicalAddress address) { return shared_.memory.read(address); };
    const WalkStep step = last_step(view.root, linear, *view.mode, read);
    return step.kind == WalkStep::Kind::leaf ? std::optional{step.translation} : std::nullopt;
}

/// The first address at which `used` leads into the range and the tables do not, or allow less.
std::optional<LinearAddress> Processor::unjustified(const Translation& used, LinearAddress base, const Range& range,
                                                    const View& view)
{
    const PhysicalAddress end = std::min(range.address + range.bytes, used.page + page_bytes(used.size));
    for (PhysicalAddress at = std::max(range.address.page(), used.page); at < end;) {
        shared_.spend();
        const LinearAddress linear = base + (at - used.page);
        const auto now = translation_in(view, linear);
        if (!now || now->physical(linear) != at) return linear;
        if ((now->rights & used.rights) != used.rights) return linear;
        at = at + (page_bytes(now->size) - linear.offset(now->size));
    }
    return std::nullopt;
}

// What leads there ---------------------------------------------------------------------------------------------------

void Processor::find_stale(const Range& range, Holders& usable, Holders& parked)
{
    stale_.for_each_into(range.address, range.bytes, [&](const StaleTranslation& stale) {
        shared_.spend();
        const bool is_usable = stale.translation.global || stale.pcid == mode_.pcid();
        const View view = is_usable ? current_view() : view_of(stale.pcid);
        const auto linear = unjustified(stale.translation, stale.base, range, view);
        if (linear) (is_usable ? usable : parked).add(stale, *linear);
    });
    structures_.for_each([&](const WalkSource& source) {
        const bool is_usable = source.pcid == mode_.pcid();
        Holders& holders = is_usable ? usable : parked;
        find_in_table(source, source.start, source.region, range, view_of(source.pcid), holders);
    });
}

/// Everything that walks from `source`, standing at `position`, may have cached and the tables do not lead to.
void Processor::find_in_table(const WalkSource& source, const WalkPosition& position, LinearAddress region,
                              const Range& range, const View& view, Holders& holders)
{
    shared_.spend();
    const auto now = position_in(view, region, position.level);
    if (now == position) return; // the tables lead there too
    const bool same_table = now && now->table == position.table;
    const bool is_there =
        position == source.start || !source.dooms.of(region, x86::above(position.level), source.pcid).any_complete();
    if (is_there && !same_table && range.meets(position.table, x86::small_page_bytes)) {
        holders.add(source, region, position.level);
    }
    const auto* const present = shared_.graph.present(position.table, position.level);
    if (present == nullptr) return;
    const ParkedSpace* const space = space_of(source.pcid);
    for (std::uint64_t index = 0; index < x86::entries_per_table; ++index) {
        if (!present->test(index)) continue;
        shared_.spend();
        const std::uint64_t address = region.value() | index << index_shift(position.level);
        const LinearAddress linear = LinearAddress::truncate(address, mode_.linear_width());
        const PhysicalAddress at = position.entry_address(linear);
        if (space != nullptr && space->changed_before(at, position.level, shared_.now)) continue;
        const WalkStep step = walk_step(position, shared_.memory.read(at), space == nullptr ? mode_ : space->mode);
        if (step.kind == WalkStep::Kind::descend) find_in_table(source, step.next, linear, range, view, holders);
        if (step.kind != WalkStep::Kind::leaf) continue;
        const Translation& used = step.translation;
        // Global translations of a parked PCID are written down where the loaded tables do not have them.
        if (space != nullptr && used.global) continue;
        if (!range.meets(used.page, page_bytes(used.size))) continue;
        if (source.dooms.of(x86::EntryTag{linear, used.size, source.pcid, used.global}).any_complete()) continue;
        if (const auto where = unjustified(used, linear, range, view)) holders.add(source, *where, used);
    }
}

const PagingMode& Processor::mode_of(const WalkSource& source) const
{
    const ParkedSpace* const space = &source == root_.get() ? nullptr : parked_space(source.pcid);
    return space == nullptr ? mode_ : space->mode;
}

/// Tables of the loaded root, and of roots that a MOV CR3 may return to without a flush.
void Processor::find_users(const TableUsers& users, Holders& in_use, Holders& parked)
{
    for (const TableUsers::Use& use : users.uses) {
        if (use.source->cpu != number_) continue;
        if (use.execute_disable != mode_of(*use.source).efer.execute_disable()) continue;
        if (use.source == root_.get()) {
            in_use.add_user(use);
            in_use.note_loaded();
            continue;
        }
        ParkedSpace& space = parked_.at(use.source->pcid);
        if (space.flushed || space.root_released) continue;
        Holders& holders = use.as_root ? parked : in_use;
        holders.add_user(use);
        holders.note_parked(use.source->pcid, space.left_at);
    }
    for (const TableUsers::Use& use : users.uses) {
        const bool is_parked = use.source->cpu == number_ && use.source != root_.get();
        if (is_parked && use.as_root) parked_.at(use.source->pcid).root_released = true;
    }
}

// The judgement ------------------------------------------------------------------------------------------------------

void Processor::release(const Range& range, const TableUsers& users, const std::vector<Table>& roots,
                        ReleaseJudgement& judgement)
{
    if (!root_) return; // without paging nothing is cached
    Holders in_use;
    Holders usable;
    Holders parked;
    find_users(users, in_use, parked);
    find_stale(range, usable, parked);
    if (!in_use.empty()) {
        // A table that the loaded root leads to must be unlinked first, which no instruction does.
        Remedy remedy;
        if (!in_use.any_loaded()) remedy = in_use.flush_parked();
        if (in_use.is_loaded_root()) remedy = leave_root(users, range, roots);
        judgement.push_back(in_use.finding(Verdict::released_in_use, number_, remedy));
    }
    if (!usable.empty()) {
        usable.join(parked);
        const Remedy remedy = usable.any_parked() ? usable.flush_parked() : remedy_for(usable.reachable());
        judgement.push_back(usable.finding(Verdict::released_while_reachable, number_, remedy));
        return;
    }
    if (parked.empty()) return;
    const Remedy remedy = parked.any_parked() ? parked.flush_parked() : remedy_for(parked.reachable());
    judgement.push_back(parked.finding(Verdict::released_while_parked, number_, remedy));
    for (const std::uint16_t pcid : parked.pcids()) {
        constexpr std::size_t most_pending = 1024; // the oldest are forgotten, their warnings stay
        if (pending_.size() == most_pending) pending_.erase(pending_.begin());
        pending_.push_back({shared_.now, range, pcid});
    }
}

/// MOV CR3 to a root that does not lead into the range either.
Remedy Processor::leave_root(const TableUsers& users, const Range& range, const std::vector<Table>& roots) const
{
    Remedy remedy;
    const auto other = std::ranges::find_if(roots, [&](const Table& root) {
        const bool same_depth = root.level == root_->start.level;
        return same_depth && !users.leads_there(root) && !range.meets(root.address, x86::small_page_bytes);
    });
    if (other == roots.end()) return remedy;
    remedy.instruction = Remedy::Instruction::mov_cr3;
    remedy.value = other->address.value() | mode_.pcid();
    remedy.after = shared_.now == 0 ? std::nullopt : std::optional{shared_.now - 1};
    return remedy;
}

void Processor::forget_pending(std::uint16_t pcid)
{
    std::erase_if(pending_, [&](const PendingRelease& pending) { return pending.pcid == pcid; });
}

/// A PCID is loaded that was parked when memory was released: what still leads there can be used now.
void Processor::judge_pending(RootJudgement& judgement)
{
    if (pending_.empty() || !root_) return;
    for (const PendingRelease& pending : pending_) {
        if (pending.pcid != mode_.pcid()) continue;
        Holders usable;
        Holders unused;
        find_stale(pending.range, usable, unused);
        const bool is_root = pending.range.meets(root_->start.table, x86::small_page_bytes);
        if (is_root || !usable.empty()) judgement.escalations.push_back(pending.event);
    }
    forget_pending(mode_.pcid());
}

} // namespace drywalk::oracle
