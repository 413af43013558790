// SPDX-License-Identifier: MIT
#include "sim/platform/harness.hpp"

#include <utility>

namespace drywalk::platform {

namespace layout = kernel::layout;
using kernel::ObservationKind;

Harness::Harness(std::span<const std::byte> program, bool records_observations)
    : program_{program}, header_{record<kernel::ProgramHeader>(0, 0)}, records_observations_{records_observations}
{
}

void Harness::fill_mailbox(memory::PhysicalMemory& memory, const kernel::BodyRecord& body)
{
    static_assert(sizeof(kernel::UserItem) == 16);
    const std::uint64_t first =
        program_offsets(header_).items + std::uint64_t{body.first_item} * sizeof(kernel::UserItem);
    for (std::uint64_t word = 0; word < std::uint64_t{body.item_count} * 2; ++word) {
        std::uint64_t value = 0;
        std::memcpy(&value, program_.data() + first + word * 8, sizeof value);
        memory.write(layout::mailbox + word * 8, value);
    }
    stale_items_.reset();
}

std::uint64_t Harness::mailbox_result(const memory::PhysicalMemory& memory, std::uint32_t index)
{
    const x86::PhysicalAddress results = layout::mailbox + layout::mailbox_item_pages * x86::small_page_bytes;
    return memory.read(results + std::uint64_t{index} * 8);
}

void Harness::report(const kernel::Observation& observation, std::uint64_t now)
{
    bool stale = false;
    Counts& counts = gathered_.counts;
    switch (observation.kind) {
    case ObservationKind::called: {
        const auto instance = static_cast<std::uint32_t>(observation.a);
        frame_images_.push_back(record<kernel::InstanceRecord>(program_offsets(header_).instances, instance).image);
        break;
    }
    case ObservationKind::entered: frame_images_.push_back(observation.code); break;
    case ObservationKind::halted: leave_frame(); break;
    case ObservationKind::left:
    case ObservationKind::faulted:
        leave_frame();
        if (observation.kind == ObservationKind::faulted) ++counts.frames_discarded;
        if (observation.b == 0) gathered_.host_returns.push_back(now);
        break;
    case ObservationKind::call_refused: ++counts.calls_refused; break;
    case ObservationKind::counter: counts.kernel_counters.at(observation.code) = observation.b; break;
    case ObservationKind::value:
    case ObservationKind::page_fault: stale = stale_items_.test(observation.a); break;
    default: break;
    }
    if (records_observations_) gathered_.observations.push_back({observation, stale});
}

void Harness::leave_frame()
{
    frame_images_.pop_back();
    ++gathered_.counts.calls_and_halts;
}

void Harness::end_setup(std::uint64_t now, const machine::Ledger& ledger)
{
    in_setup_ = false;
    gathered_.setup_cycles = now;
    gathered_.setup_ledger = ledger;
}

bool Harness::is_foreign(std::uint64_t mark) const
{
    return mark >> 20 != 0 && mark >> 32 == 0 && kernel::mark_image(mark) < header_.image_count &&
           kernel::mark_image(mark) != frame_images_.back();
}

bool Harness::may_hold_marks(x86::LinearAddress address) const
{
    return header_.kernel == kernel::KernelKind::templates || address.value() < layout::memory_region.value() ||
           address.value() - layout::memory_region.value() >= layout::memory_region_bytes;
}

void Harness::add_to(RunResult& result)
{
    result.setup_cycles = gathered_.setup_cycles;
    result.setup_ledger = gathered_.setup_ledger;
    result.observations = std::move(gathered_.observations);
    result.host_returns = std::move(gathered_.host_returns);
    result.counts.calls_and_halts = gathered_.counts.calls_and_halts;
    result.counts.calls_refused = gathered_.counts.calls_refused;
    result.counts.frames_discarded = gathered_.counts.frames_discarded;
    result.counts.kernel_counters = gathered_.counts.kernel_counters;
}

} // namespace drywalk::platform
