// SPDX-License-Identifier: MIT
#include "sim/platform/supervisor_memory.hpp"

#include "kernel_model/program/layout.hpp"

namespace drywalk::platform {

namespace layout = kernel::layout;
using machine::PlatformCategory;
using x86::AccessKind;
using x86::PhysicalAddress;

x86::LinearAddress SupervisorMemory::linear(PhysicalAddress address) const
{
    const bool in_window = window_begin_ <= address && address < window_end_;
    return in_window ? layout::state_cache_window + (address - window_begin_) : layout::direct_map + address.value();
}

void SupervisorMemory::use_state_cache_window(PhysicalAddress begin, PhysicalAddress end)
{
    window_begin_ = begin;
    window_end_ = end;
}

PhysicalAddress SupervisorMemory::access(PhysicalAddress address, AccessKind kind)
{
    const mmu::Translated translated = core_.translate(linear(address), {kind, false, false});
    if (!translated.permitted) kernel::hal::broken_invariant("the direct map does not reach an address");
    return translated.physical;
}

std::uint64_t SupervisorMemory::load(PhysicalAddress address)
{
    const PhysicalAddress physical = access(address, AccessKind::read);
    core_.reference(PlatformCategory::kernel_access, physical, Activity::kernel);
    return memory().read(physical);
}

void SupervisorMemory::store(PhysicalAddress address, std::uint64_t value)
{
    const PhysicalAddress physical = access(address, AccessKind::write);
    core_.reference(PlatformCategory::kernel_access, physical, Activity::kernel);
    core_.store(physical, value);
}

void SupervisorMemory::zero_page(PhysicalAddress page)
{
    const PhysicalAddress physical = access(page, AccessKind::write);
    core_.spend(PlatformCategory::zero_page, costs_.zero_page, Activity::kernel);
    bring_into_caches(physical);
    note_zeroes(physical);
    memory().zero_page(physical);
    core_.shared().watch().store(physical);
}

void SupervisorMemory::copy_page(PhysicalAddress to, PhysicalAddress from)
{
    const PhysicalAddress source = access(from, AccessKind::read);
    const PhysicalAddress target = access(to, AccessKind::write);
    core_.spend(PlatformCategory::copy_page, costs_.copy_page, Activity::kernel);
    bring_into_caches(source);
    bring_into_caches(target);
    for (std::uint64_t offset = 0; offset < x86::small_page_bytes; offset += x86::entry_bytes)
        core_.shared().change(core_.cpu(), target + offset, memory().read(source + offset), core_.where());
    core_.shared().watch().change();
}

/// The cost of the whole page is known; its lines are cached now.
void SupervisorMemory::bring_into_caches(PhysicalAddress page)
{
    for (std::uint64_t line = 0; line < x86::small_page_bytes; line += machine::line_bytes)
        static_cast<void>(core_.shared().caches().access(page + line));
}

/// Words that were zero already stay what they are.
void SupervisorMemory::note_zeroes(PhysicalAddress page)
{
    if (core_.shared().observers().empty()) return;
    for (std::uint64_t offset = 0; offset < x86::small_page_bytes; offset += x86::entry_bytes) {
        if (memory().read(page + offset) == 0) continue;
        core_.shared().note_write(core_.cpu(), page + offset, 0, core_.where());
    }
}

} // namespace drywalk::platform
