// SPDX-License-Identifier: MIT
#include "models/mmu/nested_walker.hpp"

#include "models/x86/guest_walk.hpp"

#include <algorithm>

namespace drywalk::mmu {

using x86::GuestPhysicalAddress;
using x86::PhysicalAddress;
using x86::WalkPosition;
using x86::WalkStep;

namespace {

[[nodiscard]] machine::TlbArrayProfile nested_tlb(const machine::NestedProfile& profile)
{
    machine::TlbArrayProfile array;
    array.ways = std::max(profile.tlb_entries, 1U);
    array.holds = {true, true, true};
    return array;
}

/// Stands for where the host has no page: an address that no memory reaches.
[[nodiscard]] PhysicalAddress unmapped(GuestPhysicalAddress address)
{
    return PhysicalAddress{address.value() | std::uint64_t{1} << (x86::architectural_physical_bits - 1)};
}

} // namespace

NestedWalker::NestedWalker(const NestedWalkerSetup& setup)
    : page_size_{setup.profile.host_page_size}, step_{setup.profile.walk_step}, memory_{setup.memory},
      tlb_{nested_tlb(setup.profile), setup.seed, setup.fast_path},
      structure_caches_{setup.profile.structure_caches, setup.seed, setup.profile.pdes_in_l2_data ? setup.tlb : nullptr,
                        setup.fast_path},
      port_{setup.port}, ledger_{setup.ledger}
{
    mode_.features.physical_bits = x86::architectural_physical_bits;
}

void NestedWalker::load_root(PhysicalAddress root)
{
    mode_.cr3 = {root.value()};
    clear();
}

NestedWalker::Translated NestedWalker::walk(GuestPhysicalAddress address)
{
    std::uint64_t cycles = 0;
    for (WalkPosition position = structure_caches_.start(address, no_pcid, walk_start(mode_)).position;;) {
        const PhysicalAddress slot = entry_address(position, address);
        const memory::Service service = port_.access(slot);
        ledger_.charge(machine::NestedReference{position.level, service.served_by}, service.cycles + step_);
        cycles += service.cycles + step_;
        const WalkStep step = walk_step(position, entry(slot), mode_);
        if (step.kind == WalkStep::Kind::fault) return {unmapped(address), cycles};
        if (step.kind == WalkStep::Kind::leaf) {
            keep(address, step.translation);
            return {physical(step.translation, address), cycles};
        }
        structure_caches_.insert({.address = address,
                                  .level = position.level,
                                  .pcid = no_pcid,
                                  .next = step.next,
                                  .frame = step.next.table,
                                  .agrees_with = {}});
        position = step.next;
    }
}

PhysicalAddress NestedWalker::by_tables(GuestPhysicalAddress address) const
{
    const WalkStep step =
        last_step(walk_start(mode_), address, mode_, [this](PhysicalAddress slot) { return entry(slot); });
    return step.kind == WalkStep::Kind::leaf ? physical(step.translation, address) : unmapped(address);
}

void NestedWalker::keep(GuestPhysicalAddress address, const x86::Translation& translation)
{
    TlbEntry entry;
    entry.translation = translation;
    entry.held_base = address.page(translation.size);
    entry.held_size = translation.size;
    entry.frame = translation.page;
    tlb_.insert(entry);
}

void NestedWalker::clear()
{
    tlb_.clear();
    structure_caches_.clear();
}

} // namespace drywalk::mmu
