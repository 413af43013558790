// SPDX-License-Identifier: MIT
#include "sim/platform/kernel_port.hpp"

#include <stdexcept>
#include <string>

namespace drywalk::platform {

using machine::PlatformCategory;
using x86::PhysicalAddress;

KernelPort::KernelPort(Core& core, Harness& harness, const Costs& costs)
    : core_{core}, harness_{harness}, costs_{costs}, memory_{core, costs.platform}, user_{core, harness, costs.platform}
{
}

void KernelPort::release_page(PhysicalAddress page)
{
    core_.shared().observe(
        [&](EventObserver& observer) { observer.release(core_.cpu(), page, x86::small_page_bytes, core_.where()); });
}

void KernelPort::begin_path(kernel::hal::Path path)
{
    if (path == kernel::hal::Path::call || path == kernel::hal::Path::call_slot) end_setup();
    const auto index = static_cast<unsigned>(path);
    ++path_passes_[index];
    if (!costs_.kernel.instructions[index]) {
        throw std::runtime_error(std::string{"the instructions of the kernel path "} + path_names[index] +
                                 " were never measured");
    }
    const std::uint64_t instructions = *costs_.kernel.instructions[index];
    const std::uint32_t per_100_cycles = costs_.platform.instructions_per_100_cycles;
    const std::uint64_t cycles = (instructions * 100 + per_100_cycles - 1) / per_100_cycles;
    core_.spend(PlatformCategory::kernel_instructions, cycles, Activity::kernel);
}

/// At the first CALL; what the CALL itself costs is the workload's.
void KernelPort::end_setup()
{
    if (!harness_.in_setup()) return;
    core_.flush_time(Activity::kernel);
    harness_.end_setup(core_.elapsed(), core_.ledger());
}

/// What a device writes takes the processor no time.
void KernelPort::receive_page(std::uint32_t cap, std::uint32_t page, PhysicalAddress to)
{
    constexpr std::uint64_t words_per_page = x86::small_page_bytes / x86::entry_bytes;
    const kernel::CapRecord record = harness_.cap(cap);
    core_.at({});
    for (std::uint64_t word = 0; word < words_per_page; ++word) {
        core_.shared().change(core_.cpu(), to + word * x86::entry_bytes, cap_word(record, page * words_per_page + word),
                              {});
    }
    core_.shared().watch().change();
}

} // namespace drywalk::platform
