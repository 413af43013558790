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
    unsigned length = 0;
    const std::optional<WalkPosition> cached = structure_caches_.find(linear, mode.pcid());
    walked.from_root = !cached;
    for (WalkPosition position = cached.value_or(walk_start(mode));;) {
        const PhysicalAddress address = position.entry_address(linear);
        const Entry entry = read(position, address, walked);
        const WalkStep step = walk_step(position, entry, mode);
        path[length++] = {position, address, entry, step.next};
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
        settle(linear, access.kind, mode.pcid(), path, length, walked);
        return walked;
    }
}

Entry PageWalker::read(const WalkPosition& position, PhysicalAddress address, Walked& walked)
{
    const memory::Service service = port_.access(address);
    ledger_.charge(WalkReference{position.level, service.served_by}, service.cycles);
    walked.cycles += service.cycles;
    return Entry{address.value() < memory_.size() ? memory_.read(address) : 0};
}

void PageWalker::settle(LinearAddress linear, x86::AccessKind kind, std::uint16_t pcid, const Path& path,
                        unsigned length, Walked& walked)
{
    for (unsigned index = 0; index < length; ++index) {
        const Reference& reference = path[index];
        const bool is_leaf = index + 1 == length;
        const std::uint64_t update = accessed_dirty_update(reference.entry, is_leaf, kind);
        if (update != 0) {
            memory_.write(reference.address, reference.entry.with(update).raw());
            const memory::Service service = port_.access(reference.address);
            ledger_.charge(Category::accessed_dirty_update, service.cycles);
            walked.cycles += service.cycles;
        }
        if (!is_leaf) structure_caches_.insert(linear, reference.position.level, pcid, reference.next);
    }
}

} // namespace drywalk::mmu
