// SPDX-License-Identifier: MIT
#include "sim/replay/machine.hpp"

#include "models/mmu/host_tables.hpp"

namespace drywalk::replay {

using kernel::hal::broken_invariant;
using machine::PlatformCategory;
using x86::LinearAddress;
using x86::PhysicalAddress;

ReplayMachine::ReplayMachine(const machine::Profile& profile, std::uint64_t storage_bytes, std::uint64_t memory_bytes)
    : storage_bytes_{storage_bytes}, memory_{profile.nested.on
                                                 ? memory_bytes + mmu::host_table_bytes(profile.nested, memory_bytes)
                                                 : storage_bytes},
      caches_{profile.memory}, mmu_{profile, memory_, caches_, ledger_.mmu()}, platform_costs_{profile.platform_costs}
{
    if (profile.nested.on) mmu_.load_host_root(mmu::map_guest_to_itself(memory_, profile.nested, memory_bytes));
}

void ReplayMachine::start(PhysicalAddress root)
{
    x86::PagingMode mode;
    mode.cr0 = {x86::Cr0::pe | x86::Cr0::et | x86::Cr0::wp | x86::Cr0::pg};
    mode.cr3 = {root.value()};
    mode.cr4 = {x86::Cr4::pae | x86::Cr4::pge};
    mode.efer = {x86::Efer::lme | x86::Efer::lma | x86::Efer::nxe};
    mmu_.reset(mode);
}

x86::Level ReplayMachine::missing_level(LinearAddress linear) const
{
    x86::WalkPosition position = walk_start(mmu_.mode());
    for (;;) {
        const x86::Entry entry{memory_.read(position.entry_address(linear))};
        const x86::WalkStep step = walk_step(position, entry, mmu_.mode());
        if (step.kind == x86::WalkStep::Kind::fault) return position.level;
        if (step.kind == x86::WalkStep::Kind::leaf) broken_invariant("a fault where the tables translate");
        position = step.next;
    }
}

void ReplayMachine::charge(PlatformCategory category, std::uint64_t cycles)
{
    ledger_.charge(category, cycles);
    cycles_ += cycles;
}

void ReplayMachine::kernel_reference(PhysicalAddress address)
{
    if (charged_) charge(PlatformCategory::kernel_access, caches_.access(address).cycles);
}

std::uint64_t ReplayMachine::load(PhysicalAddress address)
{
    kernel_reference(address);
    return stored(address) ? memory_.read(address) : 0;
}

void ReplayMachine::store(PhysicalAddress address, std::uint64_t value)
{
    kernel_reference(address);
    if (!stored(address)) return;
    memory_.write(address, value);
    mmu_.note_store();
}

void ReplayMachine::zero_page(PhysicalAddress page)
{
    if (charged_) {
        charge(PlatformCategory::zero_page, platform_costs_.zero_page);
        for (std::uint64_t line = 0; line < x86::small_page_bytes; line += machine::line_bytes)
            static_cast<void>(caches_.access(page + line)); // the cost of the whole page is known
    }
    if (!stored(page)) return;
    memory_.zero_page(page);
    mmu_.note_store();
}

void ReplayMachine::invlpg(LinearAddress address)
{
    ++invlpgs_;
    cycles_ += mmu_.invlpg(address);
}

} // namespace drywalk::replay
