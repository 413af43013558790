// SPDX-License-Identifier: MIT
#include "models/mmu/mmu.hpp"

namespace drywalk::mmu {

using x86::Access;
using x86::AccessKind;
using x86::Entry;
using x86::LinearAddress;
using x86::PhysicalAddress;

namespace {

[[nodiscard]] std::unique_ptr<NestedWalker> nested_walker(const machine::MmuProfile& profile,
                                                          const memory::PhysicalMemory& memory, memory::Port& port,
                                                          machine::MmuLedger& ledger, Tlb& tlb, bool fast_path)
{
    if (!profile.nested.on) return nullptr;
    return std::make_unique<NestedWalker>(NestedWalkerSetup{.profile = profile.nested,
                                                            .memory = memory,
                                                            .port = port,
                                                            .ledger = ledger,
                                                            .seed = profile.seed,
                                                            .tlb = &tlb,
                                                            .fast_path = fast_path});
}

} // namespace

Mmu::Mmu(const machine::MmuProfile& profile, memory::PhysicalMemory& memory, memory::Port& port,
         machine::MmuLedger& ledger, bool fast_path)
    : Mmu{profile, memory, port, ledger, std::make_unique<TableWatch>(memory.size(), fast_path)}
{
}

Mmu::Mmu(const machine::MmuProfile& profile, memory::PhysicalMemory& memory, memory::Port& port,
         machine::MmuLedger& ledger, std::unique_ptr<TableWatch> own_watch)
    : Mmu{profile, memory, port, ledger, *own_watch}
{
    own_watch_ = std::move(own_watch);
}

Mmu::Mmu(const machine::MmuProfile& profile, memory::PhysicalMemory& memory, memory::Port& port,
         machine::MmuLedger& ledger, TableWatch& shared)
    : profile_{profile}, memory_{memory}, ledger_{ledger}, tables_{shared}, tlb_{profile, shared.precise()},
      nested_{nested_walker(profile, memory, port, ledger, tlb_, shared.precise())}, walker_{PageWalkerSetup{
                                                                                         .caches =
                                                                                             profile.structure_caches,
                                                                                         .memory = memory,
                                                                                         .port = port,
                                                                                         .ledger = ledger,
                                                                                         .tables = tables_,
                                                                                         .seed = profile.seed,
                                                                                         .tlb = &tlb_,
                                                                                         .nested = nested_.get()}}
{
    mode_.features = profile.features;
}

void Mmu::reset(const x86::PagingMode& mode)
{
    tlb_.clear();
    walker_.clear();
    if (nested_) nested_->clear();
    mode_ = mode;
    mode_.features = profile_.features;
    pcid_ = mode_.pcid();
    tables_.load_root(mode_.cr3.root());
    tables_.watch().change();
}

x86::WalkOutcome Mmu::by_tables(LinearAddress linear, const Access& access) const
{
    return walk(linear, access, mode_,
                [this](PhysicalAddress address) { return entry_at(walker_.in_memory(address)); });
}

Translated Mmu::translate_slowly(LinearAddress linear, const Access& access, Tlb::Hit hit)
{
    Translated result;
    if (hit.source == Tlb::Source::l2)
        result.cycles += charge(machine::MmuCategory::l2_tlb_hit, profile_.costs.l2_tlb_hit);
    result.source = hit.source;
    if (serves(*hit.entry, access)) return use(hit, linear, access, result);
    if (denied_without_walk(*hit.entry, access)) {
        result.fault = protection_fault_code(hit.entry->translation, access, mode_);
        result.stale = by_tables(linear, access).translation.has_value();
        return result;
    }
    const bool is_fetch = access.kind == AccessKind::fetch;
    if (!(is_fetch && profile_.behaviour.denied_fetch_keeps_entry)) tlb_.drop(linear, access.kind);
    return translate_by_walk(linear, access, result.cycles, false);
}

/// Whether the tables would have decided otherwise, or led elsewhere.
bool Mmu::differs_by_tables(const Translated& result, LinearAddress linear, const Access& access) const
{
    const x86::WalkOutcome outcome = by_tables(linear, access);
    if (outcome.translation.has_value() != result.permitted) return true;
    return result.permitted && walker_.in_memory(outcome.translation->physical(linear)) != result.physical;
}

/// A hit, but the tables may have changed since the entry was last compared with them.
Translated Mmu::use(const Tlb::Hit& hit, LinearAddress linear, const Access& access, Translated result)
{
    result.permitted = true;
    result.physical = hit.entry->physical(linear);
    if (hit.entry->agrees_with == tables_.state()) return result;
    if (agrees(*hit.entry, linear)) {
        hit.entry->agrees_with = tables_.state();
        if (hit.origin != nullptr) hit.origin->agrees_with = tables_.state();
        return result;
    }
    result.stale = differs_by_tables(result, linear, access);
    return result;
}

/// [intel/vol3] 4.10.4.3: a fault may be reported on the strength of a cached entry. A write that only lacks D walks.
bool Mmu::denied_without_walk(const TlbEntry& entry, const Access& access) const
{
    const machine::TlbBehaviour& behaviour = profile_.behaviour;
    return !behaviour.grants_only_filling_access && !behaviour.walks_again_when_denied &&
           !permits(entry.translation, access, mode_);
}

/// Whether the tables map `linear` now as `entry` does, whatever that permits.
bool Mmu::agrees(const TlbEntry& entry, LinearAddress linear)
{
    const x86::WalkStep step = last_step(walk_start(mode_), linear, mode_, [&](PhysicalAddress address) {
        const PhysicalAddress place = walker_.in_memory(address);
        tables_.watch().read(place);
        return entry_at(place);
    });
    return step.kind == x86::WalkStep::Kind::leaf && step.translation.rights == entry.translation.rights &&
           step.translation.key == entry.translation.key &&
           step.translation.shadow_stack == entry.translation.shadow_stack &&
           step.translation.physical(linear) == entry.translation.physical(linear);
}

inline TlbEntry Mmu::entry_for(LinearAddress linear, const Access& access, const Walked& walked) const
{
    const x86::Translation& translation = *walked.translation;
    TlbEntry entry;
    entry.translation = translation;
    entry.pcid = pcid_;
    entry.held_size = profile_.behaviour.fragments_large_pages ? x86::PageSize::size_4k : walked.held_size;
    entry.held_base = linear.page(entry.held_size);
    entry.frame = walked.physical.page(entry.held_size);
    if (profile_.behaviour.grants_only_filling_access) {
        entry.granted = GrantedAccesses::of(access, translation.rights.user, mode_);
    }
    if (walked.current) entry.agrees_with = tables_.state();
    return entry;
}

/// `cycles` were spent before. `missed`: no level had anything for the access.
Translated Mmu::translate_by_walk(LinearAddress linear, const Access& access, std::uint64_t cycles, bool missed)
{
    Walked walked = walker_.walk(linear, access, mode_);
    Translated result;
    result.cycles = cycles + charge(machine::MmuCategory::walk_start, profile_.costs.walk_start) + walked.cycles;
    if (!walked.translation && !walked.from_root && profile_.behaviour.walks_again_when_denied) {
        walker_.remove(page_fault_removes(linear, mode_));
        walked = walker_.walk(linear, access, mode_);
        result.cycles += charge(machine::MmuCategory::walk_start, profile_.costs.walk_start) + walked.cycles;
    }
    result.fault = walked.fault;
    if (walked.translation) {
        const TlbEntry entry = entry_for(linear, access, walked);
        tlb_.insert(entry, access.kind, missed);
        result.permitted = true;
        result.physical = walked.physical;
    }
    if (!walked.current) {
        result.stale = differs_by_tables(result, linear, access);
    }
    return result;
}

void Mmu::remove(const x86::Removal& removal)
{
    tlb_.remove(removal);
    walker_.remove(removal);
}

void Mmu::change_mode(const x86::Removal& removal, bool paging_bits_changed)
{
    if (profile_.behaviour.control_changes_drop_everything && paging_bits_changed) {
        remove(x86::remove_everything);
    } else {
        remove(removal);
    }
    tables_.watch().change();
}

std::uint64_t Mmu::write_cr0(x86::Cr0 value)
{
    const x86::Removal removal = mov_cr0_removes(value, mode_, profile_.vendor);
    constexpr std::uint64_t paging_bits = x86::Cr0::pe | x86::Cr0::wp | x86::Cr0::pg;
    const bool changed = ((value.value ^ mode_.cr0.value) & paging_bits) != 0;
    mode_.cr0 = value;
    change_mode(removal, changed);
    return charge(machine::MmuCategory::mov_cr0, profile_.costs.mov_cr0) + exit_cost(profile_.nested.mov_cr0_exits);
}

std::uint64_t Mmu::write_cr3(x86::Cr3 value)
{
    x86::Removal removal = mov_cr3_removes(value.value, mode_);
    if (!profile_.behaviour.keeps_other_pcids) {
        removal.translations = removal.structures = x86::Reach::all_non_global;
    }
    if (!profile_.behaviour.keeps_global_across_cr3) removal.translations = x86::Reach::everything;
    remove(removal);
    mode_.cr3 = {value.value & ~x86::Cr3::no_flush};
    pcid_ = mode_.pcid();
    tables_.load_root(mode_.cr3.root());
    return charge(machine::MmuCategory::mov_cr3, profile_.costs.mov_cr3);
}

std::uint64_t Mmu::write_cr4(x86::Cr4 value)
{
    const x86::Removal removal = mov_cr4_removes(value, mode_, profile_.vendor);
    constexpr std::uint64_t paging_bits = x86::Cr4::pse | x86::Cr4::pae | x86::Cr4::pge | x86::Cr4::pcide |
                                          x86::Cr4::smep | x86::Cr4::smap | x86::Cr4::pke | x86::Cr4::pks |
                                          x86::Cr4::la57;
    const bool changed = ((value.value ^ mode_.cr4.value) & paging_bits) != 0;
    mode_.cr4 = value;
    pcid_ = mode_.pcid();
    change_mode(removal, changed);
    return charge(machine::MmuCategory::mov_cr4, profile_.costs.mov_cr4) + exit_cost(profile_.nested.mov_cr4_exits);
}

std::uint64_t Mmu::write_efer(x86::Efer value)
{
    mode_.efer = value;
    change_mode(x86::wrmsr_efer_removes(), false);
    return charge(machine::MmuCategory::wrmsr_efer, profile_.costs.wrmsr_efer);
}

void Mmu::write_pkru(std::uint32_t value) { mode_.pkru = value; }

void Mmu::write_pkrs(std::uint32_t value) { mode_.pkrs = value; }

std::uint64_t Mmu::invlpg(LinearAddress linear)
{
    remove(invlpg_removes(linear, mode_, profile_.vendor));
    return charge(machine::MmuCategory::invlpg, profile_.costs.invlpg);
}

std::uint64_t Mmu::deliver_page_fault(LinearAddress linear)
{
    if (profile_.behaviour.page_fault_invalidates) remove(page_fault_removes(linear, mode_));
    return charge(machine::MmuCategory::exception_entry, profile_.costs.exception_entry);
}

} // namespace drywalk::mmu
