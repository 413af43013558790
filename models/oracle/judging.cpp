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

[[nodiscard]] bool intersect(PhysicalAddress page, std::uint64_t bytes, PhysicalAddress begin, std::uint64_t length)
{
    return page.value() < begin.value() + length && begin.value() < page.value() + bytes;
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
    if (passes(linear, access)) return {Verdict::ok, {*memo_.find(linear), {}}, std::nullopt};
    const bool may_differ = may_deviate(linear);
    const Outcome tables = walk_tables(linear, access);
    Judgement judgement = may_differ ? judge(linear, access, tables) : Judgement{};
    if (tables.permitted) {
        judgement.tables.translation = tables.leaf;
        set_accessed_and_dirty(tables, access.kind);
        Translation remembered = *tables.leaf;
        if (access.kind == AccessKind::write) remembered.dirty = true;
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

Judgement Processor::judge(LinearAddress linear, x86::Access access, const Outcome& tables)
{
    Judgement judgement;
    stale_.for_each_of(linear, mode_.pcid(),
                       [&](const StaleTranslation& stale) { consider(stale, linear, access, tables, judgement); });
    for (const WalkSource& source : structures_) {
        if (source.pcid == mode_.pcid() && source.covers(linear)) {
            consider_structure(source, linear, access, tables, judgement);
        }
    }
    return judgement;
}

void Processor::consider(const StaleTranslation& candidate, LinearAddress linear, x86::Access access,
                         const Outcome& tables, Judgement& judgement) const
{
    const Translation& used = candidate.translation;
    Verdict verdict = Verdict::ok;
    if (permits(used, access, mode_)) verdict = use_of(candidate, linear, access, tables);
    // [amd/vol2] 5.5.3: AMD walks again before it reports a fault.
    const bool may_fault = tables.permitted && !promises_as_amd(shared_.vendor) && may_deny(used, access, mode_);
    if (may_fault && graver(Verdict::spurious_fault, verdict)) verdict = Verdict::spurious_fault;
    if (!graver(verdict, judgement.verdict)) return;
    judgement.verdict = verdict;
    judgement.witness =
        Witness{used,
                candidate.from_structure,
                candidate.pcid,
                candidate.established_by,
                candidate.broken_by};
    judgement.remedy = invlpg_after(linear, candidate.broken_by);
}

/// What an access does that goes through `candidate`, which permits it.
Verdict Processor::use_of(const StaleTranslation& candidate, LinearAddress linear, x86::Access access,
                          const Outcome& tables) const
{
    const Translation& used = candidate.translation;
    if (!tables.leaf || used.physical(linear) != tables.leaf->physical(linear)) return Verdict::stale_translation;
    if (!tables.permitted) return Verdict::stale_permission;
    if (used.pat_index != tables.leaf->pat_index) return Verdict::stale_memory_type;
    if (access.kind == AccessKind::write && used.dirty && !tables.leaf->dirty) return Verdict::lost_dirty;
    return loses_accessed(candidate.trail, tables) ? Verdict::lost_accessed : Verdict::ok;
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
void Processor::consider_structure(const WalkSource& source, LinearAddress linear, x86::Access access,
                                   const Outcome& tables, Judgement& judgement)
{
    Trail trail = source.trail;
    for (WalkPosition position = source.start;;) {
        const PhysicalAddress at = position.entry_address(linear);
        const WalkStep step = walk_step(position, shared_.memory.read(at), mode_);
        trail = trail.with(position.level, at, shared_.memory.stored_by(at));
        if (step.kind == WalkStep::Kind::descend) {
            position = step.next;
            continue;
        }
        if (step.kind == WalkStep::Kind::leaf) {
            consider({step.translation, linear.page(step.translation.size), source.pcid, true, source.established_by,
                      source.broken_by, trail},
                     linear, access, tables, judgement);
        } else if (tables.permitted && !promises_as_amd(shared_.vendor) &&
                   graver(Verdict::spurious_fault, judgement.verdict)) {
            judgement.verdict = Verdict::spurious_fault;
            judgement.witness = Witness{std::nullopt, true, source.pcid, source.established_by, source.broken_by};
            judgement.remedy = invlpg_after(linear, source.broken_by);
        }
        return;
    }
}

Remedy Processor::invlpg_after(LinearAddress linear, EventIndex event) const
{
    Remedy remedy;
    remedy.instruction = Remedy::Instruction::invlpg;
    remedy.cpu = number_;
    remedy.linear = linear;
    remedy.after = event;
    return remedy;
}

// Releases -----------------------------------------------------------------------------------------------------------

std::optional<ReleaseFinding> Processor::release(PhysicalAddress address, std::uint64_t bytes)
{
    if (auto judgement = stale_into(address, bytes)) return judgement;
    for (const WalkSource& source : structures_) {
        if (auto judgement = table_into(source, address, bytes)) return judgement;
    }
    for (const auto& [pcid, space] : parked_) {
        if (auto judgement = table_into(*space.root, address, bytes)) return judgement;
    }
    return {};
}

/// The first address at which `used` leads into the range and the tables do not, or allow less.
std::optional<LinearAddress> Processor::unjustified(const Translation& used, LinearAddress base,
                                                    PhysicalAddress address, std::uint64_t bytes)
{
    const PhysicalAddress end = std::min(address + bytes, used.page + page_bytes(used.size));
    for (PhysicalAddress at = std::max(address.page(), used.page); at < end;) {
        const LinearAddress linear = base + (at - used.page);
        const auto current = current_translation(linear);
        if (!current || current->physical(linear) != at) return linear;
        if ((current->rights & used.rights) != used.rights) return linear;
        at = at + (page_bytes(current->size) - linear.offset(current->size));
    }
    return std::nullopt;
}

std::optional<ReleaseFinding> Processor::stale_into(PhysicalAddress address, std::uint64_t bytes)
{
    std::optional<ReleaseFinding> found;
    stale_.for_each([&](const StaleTranslation& stale) {
        const Translation& used = stale.translation;
        if (found || !intersect(used.page, page_bytes(used.size), address, bytes)) return;
        const auto linear = unjustified(used, stale.base, address, bytes);
        if (!linear) return;
        found = ReleaseFinding{
            Verdict::released_while_reachable,
            number_,
            {{Holder::Role::translation, stale.pcid, *linear}},
            1,
            {used, stale.from_structure, stale.pcid, stale.established_by, stale.broken_by},
            invlpg_after(*linear, stale.broken_by)};
    });
    return found;
}

/// Everything that walks from `source` may have cached and the tables do not lead to.
std::optional<ReleaseFinding> Processor::table_into(const WalkSource& source, PhysicalAddress address,
                                                      std::uint64_t bytes)
{
    const ParkedSpace* const space = space_of(source.pcid);
    const bool only_globals = space != nullptr && source.is_root && space->only_globals;
    const auto leads = table_leads_into(source.start, source.region, {address, bytes}, space, only_globals);
    if (!leads) return std::nullopt;
    return ReleaseFinding{Verdict::released_while_reachable,
                          number_,
                          {{Holder::Role::structure, source.pcid, leads->linear}},
                          1,
                          {leads->used, true, source.pcid, source.established_by, source.broken_by},
                          invlpg_after(leads->linear, source.broken_by)};
}

std::optional<Processor::Leads> Processor::table_leads_into(const WalkPosition& position, LinearAddress region,
                                                            const Range& range, const ParkedSpace* space,
                                                            bool only_globals)
{
    const auto current = current_position(region, position.level);
    const bool reads_alike = space == nullptr || space->mode.efer.execute_disable() == mode_.efer.execute_disable();
    if (reads_alike && current == position) return std::nullopt; // the current tables lead there too
    const bool is_cached = position.level != walk_start(mode_).level && !only_globals;
    const bool same_table = current && current->table == position.table;
    if (is_cached && !same_table && intersect(position.table, x86::small_page_bytes, range.address, range.bytes)) {
        return Leads{region, std::nullopt};
    }
    for (std::uint64_t index = 0; index < x86::entries_per_table; ++index) {
        const std::uint64_t at = region.value() | index << index_shift(position.level);
        const LinearAddress linear = LinearAddress::truncate(at, mode_.linear_width());
        if (const auto leads = entry_leads_into(position, linear, range, space, only_globals)) return leads;
    }
    return std::nullopt;
}

std::optional<Processor::Leads> Processor::entry_leads_into(const WalkPosition& position, LinearAddress linear,
                                                            const Range& range, const ParkedSpace* space,
                                                            bool only_globals)
{
    shared_.effort.spend(shared_.now);
    const PhysicalAddress at = position.entry_address(linear);
    if (space != nullptr && space->changed_before(at, position.level, shared_.now)) return std::nullopt;
    const WalkStep step = walk_step(position, shared_.memory.read(at), space == nullptr ? mode_ : space->mode);
    if (step.kind == WalkStep::Kind::descend) {
        return table_leads_into(step.next, linear, range, space, only_globals);
    }
    if (step.kind == WalkStep::Kind::fault) return std::nullopt;
    const Translation& used = step.translation;
    if (only_globals && !used.global) return std::nullopt;
    if (space != nullptr && used.global && space->lost_global(linear, used.size)) return std::nullopt;
    if (!intersect(used.page, page_bytes(used.size), range.address, range.bytes)) return std::nullopt;
    const auto where = unjustified(used, linear, range.address, range.bytes);
    if (!where) return std::nullopt;
    return Leads{*where, used};
}

} // namespace drywalk::oracle
