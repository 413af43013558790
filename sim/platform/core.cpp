// SPDX-License-Identifier: MIT
#include "sim/platform/core.hpp"

#include <optional>

namespace drywalk::platform {

using kernel::hal::broken_invariant;
using x86::Access;
using x86::AccessKind;
using x86::LinearAddress;

namespace {

/// A fetch brings one instruction's first byte; all data of the kernel and of the stub are 8 bytes wide.
unsigned access_bytes(Access access) { return access.kind == AccessKind::fetch ? 1 : 8; }

/// The outcome that some permitted TLB would have had. It costs what the concrete one took.
mmu::Translated overridden(const Override& wrong, LinearAddress linear, mmu::Translated right)
{
    right.stale = true;
    right.permitted = wrong.used.has_value();
    if (wrong.used) right.physical = wrong.used->physical(linear);
    return right;
}

} // namespace

Core::Core(const machine::MmuProfile& profile, SharedMemory& shared, const CoreSetup& setup)
    : cpu_{setup.cpu}, shared_{shared}, timeline_{setup.timeline}, quantum_{setup.quantum}, mmu_{profile,
                                                                                                 shared.memory(),
                                                                                                 shared.caches(),
                                                                                                 ledger_.mmu(),
                                                                                                 shared.watch()}
{
    mmu_.load_host_root(setup.host_root);
}

mmu::Translated Core::translate(LinearAddress linear, Access access)
{
    std::optional<Override> wrong;
    for (EventObserver* const observer : shared_.observers()) {
        const std::optional<Override> wish = observer->access(cpu_, linear, access, access_bytes(access));
        if (!wrong) wrong = wish;
    }
    mmu::Translated translated = mmu_.translate(linear, access);
    if (wrong) translated = overridden(*wrong, linear, translated);
    count(translated.source);
    if (translated.cycles != 0) pass(translated.cycles, Activity::walk);
    return translated;
}

inline void Core::count(mmu::Tlb::Source source)
{
    ++counts_.translations;
    switch (source) {
    case mmu::Tlb::Source::l1: ++counts_.l1_tlb_hits; break;
    case mmu::Tlb::Source::l2: ++counts_.l2_tlb_hits; break;
    case mmu::Tlb::Source::none: ++counts_.walks; break;
    }
}

void Core::flush_time(Activity activity)
{
    elapsed_ += unreported_;
    const std::uint64_t cycles = unreported_;
    unreported_ = 0;
    timeline_.advance(cycles, activity);
}

void Core::spend(machine::PlatformCategory category, std::uint64_t cycles, Activity activity)
{
    ledger_.charge(category, cycles);
    pass(cycles, activity);
}

void Core::write_cr0(x86::Cr0 value)
{
    pass(mmu_.write_cr0(value), Activity::control_register);
    shared_.observe([&](EventObserver& observer) { observer.mov_cr0(cpu_, value, where_); });
}

void Core::write_cr3(x86::Cr3 value)
{
    const bool keeps = (value.value & x86::Cr3::no_flush) != 0;
    if (keeps && !mode().cr4.pcids()) broken_invariant("bit 63 of CR3 is reserved without PCIDs");
    ++counts_.cr3_writes;
    pass(mmu_.write_cr3(value), Activity::control_register);
    shared_.observe([&](EventObserver& observer) { observer.mov_cr3(cpu_, value, where_); });
}

void Core::write_cr4(x86::Cr4 value)
{
    require_legal(value);
    ++counts_.cr4_writes;
    pass(mmu_.write_cr4(value), Activity::control_register);
    shared_.observe([&](EventObserver& observer) { observer.mov_cr4(cpu_, value, where_); });
}

/// What raises a general-protection exception otherwise. [intel/vol3] 4.10.1
void Core::require_legal(x86::Cr4 value) const
{
    if (!value.pcids() || mode().cr4.pcids()) return;
    if (!has_pcids()) broken_invariant("CR4.PCIDE is set on a machine without PCIDs");
    if ((mode().cr3.value & x86::Cr3::pcid_mask) != 0) broken_invariant("CR4.PCIDE is set while CR3 names a PCID");
}

void Core::write_efer(x86::Efer value)
{
    pass(mmu_.write_efer(value), Activity::control_register);
    shared_.observe([&](EventObserver& observer) { observer.wrmsr_efer(cpu_, value, where_); });
}

void Core::invlpg(LinearAddress linear)
{
    ++counts_.invlpgs;
    pass(mmu_.invlpg(linear), Activity::invalidation);
    shared_.observe([&](EventObserver& observer) { observer.invlpg(cpu_, linear, where_); });
}

void Core::deliver_page_fault(LinearAddress linear)
{
    ++counts_.page_faults;
    pass(mmu_.deliver_page_fault(linear), Activity::transition);
    shared_.observe([&](EventObserver& observer) { observer.page_fault(cpu_, linear); });
}

} // namespace drywalk::platform
