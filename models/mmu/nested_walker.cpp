// SPDX-License-Identifier: MIT
#include "models/mmu/nested_walker.hpp"

#include <algorithm>

namespace drywalk::mmu {

using x86::Entry;
using x86::GuestPhysicalAddress;
using x86::Level;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::WalkPosition;
using x86::WalkStep;

namespace {

/// Everything allowed and already marked as used: hosts write these flags at most once.
constexpr x86::LeafAttributes host_page{.rights = {}, .accessed = true, .dirty = true};

/// Enough for the tables of `guest_bytes`, one entry a page, and the levels above.
[[nodiscard]] std::uint64_t table_bytes(std::uint64_t guest_bytes, x86::PageSize size)
{
    std::uint64_t tables = 0;
    for (Level level = leaf_level(size);; level = static_cast<Level>(static_cast<unsigned>(level) + 1)) {
        const unsigned covered = index_shift(level) + 9; // address bits that one table spans
        tables += (guest_bytes >> covered) + 1;
        if (level == x86::root_level) return tables * x86::small_page_bytes;
    }
}

[[nodiscard]] machine::TlbArrayProfile nested_tlb(const machine::NestedProfile& profile)
{
    machine::TlbArrayProfile array;
    array.ways = std::max(profile.tlb_entries, 1U);
    array.holds = {true, true, true};
    return array;
}

} // namespace

NestedWalker::NestedWalker(const machine::NestedProfile& profile, std::uint64_t guest_bytes, memory::Port& port,
                           machine::MmuLedger& ledger, std::uint64_t seed, bool fast_path, Tlb* tlb)
    : page_size_{profile.host_page_size}, step_{profile.walk_step},
      guest_bytes_{guest_bytes}, tables_{table_bytes(guest_bytes, profile.host_page_size)}, tables_end_{guest_bytes},
      tlb_{nested_tlb(profile), seed, fast_path}, structure_caches_{profile.structure_caches, seed,
                                                                    profile.pdes_in_l2_data ? tlb : nullptr, fast_path},
      port_{port}, ledger_{ledger}
{
    build_tables();
}

void NestedWalker::build_tables()
{
    mode_.cr3 = {new_table().value()};
    mode_.features.physical_bits = x86::architectural_physical_bits;
    for (std::uint64_t page = 0; page < guest_bytes_; page += page_bytes(page_size_))
        map(GuestPhysicalAddress{page});
}

void NestedWalker::map(GuestPhysicalAddress page)
{
    PhysicalAddress table = mode_.cr3.root();
    for (Level level = x86::root_level; level != leaf_level(page_size_); level = below(level)) {
        const PhysicalAddress slot = table + std::uint64_t{key(page).index(level)} * x86::entry_bytes;
        if (!entry(slot).present()) set_entry(slot, Entry::table(new_table()).with(Entry::accessed_bit));
        table = entry(slot).next_table();
    }
    set_entry(table + std::uint64_t{key(page).index(leaf_level(page_size_))} * x86::entry_bytes,
              Entry::leaf(PhysicalAddress{page.value()}, page_size_, host_page));
}

PhysicalAddress NestedWalker::new_table()
{
    const PhysicalAddress table{tables_end_};
    tables_end_ += x86::small_page_bytes;
    return table;
}

Entry NestedWalker::entry(PhysicalAddress address) const
{
    return Entry{tables_.read(PhysicalAddress{address.value() - guest_bytes_})};
}

void NestedWalker::set_entry(PhysicalAddress address, Entry value)
{
    tables_.write(PhysicalAddress{address.value() - guest_bytes_}, value.raw());
}

std::uint64_t NestedWalker::walk(GuestPhysicalAddress address)
{
    std::uint64_t cycles = 0;
    const LinearAddress number = key(address);
    for (WalkPosition position = structure_caches_.start(number, host_tag, walk_start(mode_)).position;;) {
        const PhysicalAddress slot = position.entry_address(number);
        const memory::Service service = port_.access(slot);
        ledger_.charge(machine::NestedReference{position.level, service.served_by}, service.cycles + step_);
        cycles += service.cycles + step_;
        const WalkStep step = walk_step(position, entry(slot), mode_);
        if (step.kind != WalkStep::Kind::descend) {
            keep(address, step.translation);
            return cycles;
        }
        structure_caches_.insert(number, position.level, host_tag, step.next);
        position = step.next;
    }
}

void NestedWalker::keep(GuestPhysicalAddress address, const x86::Translation& translation)
{
    TlbEntry entry;
    entry.translation = translation;
    entry.tag = {key(address).page(translation.size), translation.size, 0, false};
    entry.held_base = entry.tag.base;
    entry.held_size = translation.size;
    tlb_.insert(entry);
}

void NestedWalker::clear()
{
    tlb_.clear();
    structure_caches_.clear();
}

} // namespace drywalk::mmu
