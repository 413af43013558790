// SPDX-License-Identifier: MIT
#include "models/mmu/page_walker.hpp"

#include <algorithm>

namespace drywalk::mmu {

using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::WalkPosition;
using x86::WalkStep;

[[gnu::flatten]] Walked PageWalker::walk(LinearAddress linear, const x86::Access& access, const x86::PagingMode& mode)
{
    Walked walked;
    const PagingStructureCaches::Start start = structure_caches_.start(linear, mode.pcid(), walk_start(mode));
    walked.from_root = start.entry == nullptr;
    walked.current = walked.from_root || is_current(start, linear, mode);
    Path path;
    std::uint64_t unmarked = 0;
    for (WalkPosition position = start.position;;) {
        const PhysicalAddress address =
            entry_address(position, linear, path.length == 0 ? start.entry : nullptr, walked);
        const Entry entry = read(position.level, address, walked);
        const WalkStep step = walk_step(position, entry, mode);
        path.addresses[path.length] = address;
        path.entries[path.length++] = entry;
        unmarked |= accessed_dirty_update(entry, step.kind == WalkStep::Kind::leaf, access.kind);
        if (step.kind == WalkStep::Kind::descend) {
            position = step.next;
            continue;
        }
        if (step.kind == WalkStep::Kind::fault) {
            walked.fault = page_fault_code(step.cause, access, mode);
            return walked;
        }
        if (!permits(step.translation, access, mode)) {
            walked.fault = protection_fault_code(step.translation, access, mode);
            return walked;
        }
        walked.translation = step.translation;
        walked.physical = step.translation.physical(linear);
        walked.held_size = step.translation.size;
        if (nested_ != nullptr) {
            walked.physical = translate_again(walked.physical, walked);
            walked.held_size = std::min(walked.held_size, nested_->page_size());
        }
        if (access.kind == x86::AccessKind::write) walked.translation->dirty = true;
        if (unmarked != 0) mark_used(path, access.kind, walked);
        if (path.length > 1) keep_upper_levels(start.position, path, linear, mode.pcid(), walked.current);
        return walked;
    }
}

[[gnu::noinline]] PhysicalAddress PageWalker::translate_again(PhysicalAddress address, Walked& walked)
{
    const NestedWalker::Translated translated = nested_->translate(x86::GuestPhysicalAddress{address.value()});
    walked.cycles += translated.cycles;
    return translated.physical;
}

/// Whether the upper levels that a paging-structure cache supplied are those of the tables.
[[gnu::noinline]] bool PageWalker::compare(const PagingStructureCaches::Start& start, LinearAddress linear,
                                           const x86::PagingMode& mode)
{
    for (WalkPosition position = walk_start(mode); position.level != start.position.level;) {
        const PhysicalAddress address = in_memory(position.entry_address(linear));
        tables_.watch().read(address);
        const WalkStep step = walk_step(position, peek(address), mode);
        if (step.kind != WalkStep::Kind::descend) return false;
        position = step.next;
        if (position.level == start.position.level && position != start.position) return false;
    }
    start.entry->agrees_with = tables_.state();
    return true;
}

/// Sets A along the path, and D in the leaf of a write.
[[gnu::noinline]] void PageWalker::mark_used(const Path& path, x86::AccessKind kind, Walked& walked)
{
    for (unsigned index = 0; index < path.length; ++index) {
        const Entry entry = path.entries[index];
        const std::uint64_t update = accessed_dirty_update(entry, index + 1 == path.length, kind);
        if (update == 0) continue;
        const PhysicalAddress address = path.addresses[index];
        memory_.write(address, entry.with(update).raw());
        const memory::Service service = port_.access(address);
        ledger_.charge(machine::MmuCategory::accessed_dirty_update, service.cycles);
        walked.cycles += service.cycles;
    }
}

[[gnu::noinline]] void PageWalker::keep_upper_levels(WalkPosition start, const Path& path, LinearAddress linear,
                                                     std::uint16_t pcid, bool current)
{
    StructureEntry structure;
    structure.address = linear;
    structure.pcid = pcid;
    if (current) structure.agrees_with = tables_.state();
    structure.next = start;
    for (unsigned index = 0; index + 1 < path.length; ++index) {
        structure.level = structure.next.level;
        structure.next = path.below(structure.next, index);
        structure.frame = path.addresses[index + 1].page();
        structure_caches_.insert(structure);
    }
}

} // namespace drywalk::mmu
