// SPDX-License-Identifier: MIT
#include "models/mmu/page_walker.hpp"

namespace drywalk::mmu {

using x86::Entry;
using x86::FaultCause;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::WalkPosition;
using x86::WalkStep;

Walked PageWalker::walk(LinearAddress linear, x86::Access access, const x86::PagingMode& mode)
{
    Walked walked;
    Path path;
    const PagingStructureCaches::Start start = structure_caches_.start(linear, mode.pcid(), walk_start(mode));
    walked.from_root = start.entry == nullptr;
    walked.current = walked.from_root || is_current(start, linear, mode);
    for (WalkPosition position = start.position;;) {
        const PhysicalAddress address = position.entry_address(linear);
        const Entry entry = read(position.level, address, walked);
        const WalkStep step = walk_step(position, entry, mode);
        path.references[path.length++] = {position, address, entry, step.next};
        if (step.kind == WalkStep::Kind::descend) {
            position = step.next;
            continue;
        }
        if (step.kind == WalkStep::Kind::fault) {
            walked.fault = page_fault_code(step.cause, access, mode);
            return walked;
        }
        if (!permits(step.translation.rights, access, mode)) {
            walked.fault = page_fault_code(FaultCause::protection, access, mode);
            return walked;
        }
        walked.translation = step.translation;
        if (access.kind == x86::AccessKind::write) walked.translation->dirty = true;
        settle(linear, access.kind, mode.pcid(), path, walked);
        return walked;
    }
}

Entry PageWalker::read(x86::Level level, PhysicalAddress address, Walked& walked)
{
    const memory::Service service = port_.access(address);
    ledger_.charge(WalkReference{level, service.served_by}, service.cycles);
    walked.cycles += service.cycles;
    if (walked.current) watch_.read(address);
    return peek(address);
}

/// Whether the upper levels that a paging-structure cache supplied are those of the tables.
bool PageWalker::is_current(const PagingStructureCaches::Start& start, LinearAddress linear,
                            const x86::PagingMode& mode)
{
    if (!watch_.precise()) return false;
    if (start.entry->agrees_with == watch_.state()) return true;
    for (WalkPosition position = walk_start(mode); position.level != start.position.level;) {
        const PhysicalAddress address = position.entry_address(linear);
        watch_.read(address);
        const WalkStep step = walk_step(position, peek(address), mode);
        if (step.kind != WalkStep::Kind::descend) return false;
        position = step.next;
        if (position.level == start.position.level && position != start.position) return false;
    }
    start.entry->agrees_with = watch_.state();
    return true;
}

void PageWalker::settle(LinearAddress linear, x86::AccessKind kind, std::uint16_t pcid, const Path& path,
                        Walked& walked)
{
    const TablesState agrees_with = walked.current ? watch_.state() : TablesState{};
    for (unsigned index = 0; index < path.length; ++index) {
        const Reference& reference = path.references[index];
        const bool is_leaf = index + 1 == path.length;
        const std::uint64_t update = accessed_dirty_update(reference.entry, is_leaf, kind);
        if (update != 0) {
            memory_.write(reference.address, reference.entry.with(update).raw());
            const memory::Service service = port_.access(reference.address);
            ledger_.charge(Category::accessed_dirty_update, service.cycles);
            walked.cycles += service.cycles;
        }
        if (!is_leaf) {
            structure_caches_.insert(linear, reference.position.level, pcid, reference.next, agrees_with);
        }
    }
}

} // namespace drywalk::mmu
