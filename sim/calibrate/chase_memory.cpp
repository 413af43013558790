// SPDX-License-Identifier: MIT
#include "sim/calibrate/chase_memory.hpp"

#include "kernel_model/core/page_tables.hpp"
#include "kernel_model/hal/sim/programless_machine.hpp"
#include "models/mmu/host_tables.hpp"
#include "sim/calibrate/random_order.hpp"

#include <algorithm>
#include <stdexcept>

namespace drywalk::calibrate {

using x86::PhysicalAddress;

namespace {

/// The frames of a guest's small pages lie among so many times as many. Assumed: an allocator that has been in use
/// hands out what lies between frames of others, and the measured curve of docs/fidelity.md fits 2 to 8.
constexpr std::uint64_t scatter = 4;
constexpr std::uint64_t large_page_bytes = x86::page_bytes(x86::PageSize::size_2m);

[[nodiscard]] constexpr std::uint64_t in_large_pages(std::uint64_t bytes)
{
    return (bytes + large_page_bytes - 1) / large_page_bytes * large_page_bytes;
}

/// Tables lie below the data, from the second frame on.
[[nodiscard]] std::uint64_t table_bytes(const Pattern& pattern)
{
    return in_large_pages((pattern.most_tables() + 2) * x86::small_page_bytes);
}

/// How many elements in a row lie in one page.
[[nodiscard]] std::uint64_t elements_in_page(const Pattern& pattern)
{
    return std::max<std::uint64_t>(1, x86::page_bytes(pattern.page_size) / pattern.spacing);
}

/// How many pages have frames.
[[nodiscard]] std::uint64_t pages_with_frames(const Pattern& pattern)
{
    const std::uint64_t page_bytes = x86::page_bytes(pattern.page_size);
    if (pattern.uses_whole_buffer()) return (pattern.span() + page_bytes - 1) / page_bytes;
    return pattern.elements;
}

/// In pages of the pattern, how much memory there is for data.
[[nodiscard]] std::uint64_t frames_for_data(const Pattern& pattern, FrameOrder order)
{
    const std::uint64_t needed = pages_with_frames(pattern);
    if (order == FrameOrder::ascending || pattern.page_size != x86::PageSize::size_4k) return needed;
    return scatter * needed;
}

/// Tables and data together.
[[nodiscard]] std::uint64_t memory_bytes(const Pattern& pattern, FrameOrder order)
{
    return table_bytes(pattern) + frames_for_data(pattern, order) * x86::page_bytes(pattern.page_size);
}

/// The kernel's code edits these tables before anything runs: stores take no time, and nothing else is there.
class TableMachine final : public kernel::hal::ProgramlessMachine {
public:
    explicit TableMachine(memory::PhysicalMemory& memory) : memory_{memory} {}

    std::uint64_t load(PhysicalAddress address) override { return memory_.read(address); }
    void store(PhysicalAddress address, std::uint64_t value) override { memory_.write(address, value); }
    void zero_page(PhysicalAddress page) override { memory_.zero_page(page); }

private:
    memory::PhysicalMemory& memory_;
};

/// A page that is open to ring 3, its flags set, so that the chase changes nothing in memory.
constexpr x86::LeafAttributes open_page{.rights = {}, .accessed = true, .dirty = true};

/// Maps the page of each element once; offsets grow, so that equal pages follow each other.
void map_elements(const Pattern& pattern, kernel::Subtree root, kernel::FrameAllocator& tables, PhysicalAddress data,
                  const RandomOrder* scattered)
{
    const std::uint64_t page_bytes = x86::page_bytes(pattern.page_size);
    const std::uint64_t step = elements_in_page(pattern);
    for (std::uint64_t element = 0; element < pattern.elements; element += step) {
        const x86::LinearAddress page = (chase_buffer + pattern.offset(element)).page(pattern.page_size);
        const std::uint64_t number = pattern.uses_whole_buffer() ? (page - chase_buffer) / page_bytes : element / step;
        const PhysicalAddress frame = data + (scattered == nullptr ? number : (*scattered)[number]) * page_bytes;
        const auto mapped = newly_mapped(map(root, {page, frame, pattern.page_size, open_page}, tables),
                                         kernel::Omission::was_not_present);
        if (mapped != kernel::Refusal::none) throw std::logic_error("the page tables of a chase do not fit");
    }
}

} // namespace

ChaseTables::ChaseTables(const Pattern& pattern, const machine::NestedProfile& host, FrameOrder order,
                         std::uint64_t seed)
    : memory_{memory_bytes(pattern, order) + mmu::host_table_bytes(host, memory_bytes(pattern, order))}
{
    if (host.on) host_root_ = mmu::map_guest_to_itself(memory_, host, memory_bytes(pattern, order));
    TableMachine machine{memory_};
    const kernel::hal::MachineInUse in_use{machine};
    const PhysicalAddress data{table_bytes(pattern)};
    kernel::FrameAllocator tables{PhysicalAddress{x86::small_page_bytes}, data};
    root_ = tables.allocate().value();
    const RandomOrder scattered{frames_for_data(pattern, order), ~seed}; // not the order of the visits
    map_elements(pattern, {root_}, tables, data, order == FrameOrder::scattered ? &scattered : nullptr);
}

x86::PagingMode ChaseTables::mode() const
{
    x86::PagingMode mode;
    mode.cr0 = {x86::Cr0::pe | x86::Cr0::wp | x86::Cr0::pg};
    mode.cr3 = {root_.value()};
    mode.cr4 = {x86::Cr4::pae | x86::Cr4::pge};
    mode.efer = {x86::Efer::lme | x86::Efer::lma | x86::Efer::nxe};
    return mode;
}

} // namespace drywalk::calibrate
