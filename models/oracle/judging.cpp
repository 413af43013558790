// SPDX-License-Identifier: MIT
// Accesses and releases: every entry that may be cached against what the tables say.
#include "models/oracle/processor.hpp"

#include <algorithm>
#include <array>

namespace drywalk::oracle {

using x86::AccessKind;
using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::Translation;
using x86::WalkPosition;
using x86::WalkStep;

/// What the current tables say of an access, and the entries that said it.
struct Processor::Outcome {
    std::optional<Translation> leaf; ///< absent: an entry is not present or has a reserved bit set
    bool permitted = false;
    x86::PageFaultCode fault; ///< unless permitted
    std::array<PhysicalAddress, x86::level_count> path;
    unsigned length = 0;
};

namespace {

/// Which of two verdicts to report: a violation before a warning, and the graver violation.
[[nodiscard]] bool graver(Verdict candidate, Verdict present)
{
    if (is_violation(candidate)) return !is_violation(present) || candidate < present;
    return is_warning(candidate) && !is_violation(present) && (!is_warning(present) || candidate < present);
}

} // namespace

Processor::Outcome Processor::walk_tables(LinearAddress linear, x86::Access access)
{
    Outcome outcome;
    for (WalkPosition position = root_->start;;) {
        const PhysicalAddress at = position.entry_address(linear);
        const Entry entry = shared_.memory.read(at);
        const WalkStep step = walk_step(position, entry, mode_);
        if (step.kind == WalkStep::Kind::fault) {
            outcome.fault = page_fault_code(step.cause, access, mode_);
            return outcome;
        }
        outcome.path[outcome.length++] = at;
        if (step.kind == WalkStep::Kind::leaf) {
            outcome.leaf = step.translation;
            outcome.permitted = permits(step.translation, access, mode_);
            if (!outcome.permitted) outcome.fault = protection_fault_code(step.translation, access, mode_);
            return outcome;
        }
        position = step.next;
    }
}

void Processor::set_accessed_and_dirty(const Outcome& outcome, AccessKind kind)
{
    for (unsigned index = 0; index < outcome.length; ++index) {
        const PhysicalAddress at = outcome.path[index];
        const Entry entry = shared_.memory.read(at);
        const std::uint64_t update = accessed_dirty_update(entry, index + 1 == outcome.length, kind);
        if (update == 0) continue;
        if ((update & Entry::dirty_bit) != 0) announce_dirty(at, entry, entry.with(update));
        shared_.memory.frame(at).words[MemoryImage::word_of(at)] = entry.with(update).raw();
    }
}

Judgement Processor::access(LinearAddress linear, x86::Access access)
{
    if (!root_) { // paging is off: linear addresses are physical
        Translation identity;
        identity.page = PhysicalAddress{linear.page().value()};
        return {Verdict::ok, {identity, {}}, std::nullopt};
    }
    if (passes(linear.value(), access)) {
        return {Verdict::ok, {memo_.find(linear.value())->translation, {}}, std::nullopt};
    }
    const bool may_differ = may_deviate(linear);
    const Outcome tables = walk_tables(linear, access);
    Judgement judgement = may_differ ? judge(linear, access, tables) : Judgement{};
    if (tables.permitted) {
        judgement.tables.translation = tables.leaf;
        set_accessed_and_dirty(tables, access.kind);
        Translation remembered = *tables.leaf;
        const bool sets_dirty = access.kind == AccessKind::write && !remembered.dirty;
        if (sets_dirty && !remembered.rights.writable) return judgement; // the page may be one of a shadow stack now
        remembered.dirty = remembered.dirty || sets_dirty;
        memo_.remember(linear, remembered);
        return judgement;
    }
    judgement.tables.fault = tables.fault;
    if (judgement.verdict == Verdict::ok) {
        judgement.verdict = Verdict::architectural_fault;
        if (may_differ) static_cast<void>(remove(page_fault_removes(linear, mode_)));
    }
    return judgement;
}

/// The worst that some candidate does, and all that must be invalidated for it not to happen.
class Processor::Candidates {
public:
    Candidates(const Processor& processor, LinearAddress linear, x86::Access access, const Outcome& tables)
        : processor_{processor}, linear_{linear}, access_{access}, tables_{tables}
    {
    }

    void add(const StaleTranslation& stale)
    {
        const Verdict verdict = processor_.compare(stale.translation, stale.trail, linear_, access_, tables_);
        if (verdict == Verdict::ok) return;
        reachable_.add(stale.tag(), linear_, stale.broken_by);
        offer(verdict, {stale.translation, stale.from_structure, stale.pcid, stale.established_by, stale.broken_by});
    }
    /// A walk that starts from `source` ends in `leaf`.
    void add(const WalkSource& source, const Translation& leaf, const Trail& trail)
    {
        const Verdict verdict = processor_.compare(leaf, trail, linear_, access_, tables_);
        if (verdict == Verdict::ok) return;
        reachable_.add(source);
        // It may have been cached before: a global translation outlives the loss of the structure that it came from.
        reachable_.add({linear_.page(leaf.size), leaf.size, source.pcid, leaf.global}, linear_, source.broken_by);
        offer(verdict, {leaf, true, source.pcid, source.established_by, source.broken_by});
    }
    /// A walk that starts from `source` ends in a fault. AMD walks again before it reports one. [amd/vol2] 5.5.3
    void add_fault(const WalkSource& source)
    {
        if (!tables_.permitted || promises_as_amd(processor_.shared_.vendor)) return;
        reachable_.add(source);
        offer(Verdict::spurious_fault, {std::nullopt, true, source.pcid, source.established_by, source.broken_by});
    }
    void add_unseen(EventIndex broken_by) { reachable_.add_unseen(broken_by); }

    [[nodiscard]] LinearAddress linear() const { return linear_; }
    [[nodiscard]] Judgement judgement() const
    {
        Judgement judgement = judgement_;
        if (judgement.witness) judgement.remedy = processor_.remedy_for(reachable_);
        return judgement;
    }
    [[nodiscard]] Verdict worst() const { return judgement_.verdict; }

private:
    void offer(Verdict verdict, const Witness& witness)
    {
        if (!graver(verdict, judgement_.verdict)) return;
        judgement_.verdict = verdict;
        judgement_.witness = witness;
    }

    const Processor& processor_;
    LinearAddress linear_;
    x86::Access access_;
    const Outcome& tables_;
    Judgement judgement_;
    Reachable reachable_;
};

Judgement Processor::judge(LinearAddress linear, x86::Access access, const Outcome& tables)
{
    constexpr unsigned most_compared = 64;
    Candidates candidates{*this, linear, access, tables};
    unsigned compared = 0;
    stale_.for_each_of(linear, mode_.pcid(), [&](const StaleTranslation& stale) {
        shared_.spend();
        candidates.add(stale);
        // Nothing can be worse, and however many follow, they are no younger than the last.
        const bool enough = ++compared > most_compared && candidates.worst() == Verdict::stale_translation;
        if (enough) candidates.add_unseen(stale_.last_broken(linear));
        return !enough;
    });
    structures_.for_each_covering(linear, mode_.pcid(),
                                  [&](const WalkSource& source) { consider_structure(source, candidates); });
    return candidates.judgement();
}

/// What an access may do that uses `used`, cached as `trail` tells, while the tables say `tables`.
Verdict Processor::compare(const Translation& used, const Trail& trail, LinearAddress linear, x86::Access access,
                           const Outcome& tables) const
{
    const Verdict verdict = permits(used, access, mode_) ? use_of(used, trail, linear, access, tables) : Verdict::ok;
    // [amd/vol2] 5.5.3: AMD walks again before it reports a fault.
    const bool may_fault = tables.permitted && !promises_as_amd(shared_.vendor) && may_deny(used, access, mode_);
    return may_fault && graver(Verdict::spurious_fault, verdict) ? Verdict::spurious_fault : verdict;
}

/// What an access does that goes through `used`, which permits it.
Verdict Processor::use_of(const Translation& used, const Trail& trail, LinearAddress linear, x86::Access access,
                          const Outcome& tables) const
{
    if (!tables.leaf || used.physical(linear) != tables.leaf->physical(linear)) return Verdict::stale_translation;
    const bool other_key = !mode_.key_rights_known && used.key != tables.leaf->key;
    if (!tables.permitted || other_key) return Verdict::stale_permission;
    if (used.pat_index != tables.leaf->pat_index) return Verdict::stale_memory_type;
    if (access.kind == AccessKind::write && used.dirty && !tables.leaf->dirty) return Verdict::lost_dirty;
    return loses_accessed(trail, tables) ? Verdict::lost_accessed : Verdict::ok;
}

/// The entry is used without setting A where software has cleared it since. [intel/vol3] 4.10.4.3
bool Processor::loses_accessed(const Trail& trail, const Outcome& tables) const
{
    const auto lost = [&](const Trail::Slot& slot) {
        const PhysicalAddress* const end = tables.path.data() + tables.length;
        const bool on_path = std::find(tables.path.data(), end, PhysicalAddress{slot.address}) != end;
        return on_path && !shared_.memory.read(PhysicalAddress{slot.address}).accessed() &&
               shared_.memory.accessed_cleared_since(slot);
    };
    return std::ranges::any_of(trail.slots, lost);
}

/// A walk from a stale paging-structure entry reads the entries below as they are now.
void Processor::consider_structure(const WalkSource& source, Candidates& candidates)
{
    shared_.spend();
    const LinearAddress linear = candidates.linear();
    Trail trail = source.trail;
    for (WalkPosition position = source.start;;) {
        const PhysicalAddress at = position.entry_address(linear);
        const WalkStep step = walk_step(position, shared_.memory.read(at), mode_);
        trail = trail.with(position.level, at, shared_.memory.stored_by(at));
        if (step.kind == WalkStep::Kind::fault) return candidates.add_fault(source);
        if (step.kind == WalkStep::Kind::leaf) return candidates.add(source, step.translation, trail);
        position = step.next;
    }
}

Remedy Processor::remedy_for(const Reachable& entries) const
{
    Remedy remedy = oracle::remedy_for(entries, mode_.pcid(), pcid_since_);
    remedy.cpu = number_;
    return remedy;
}

} // namespace drywalk::oracle
