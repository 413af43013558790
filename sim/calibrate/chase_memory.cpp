// SPDX-License-Identifier: MIT
#include "sim/calibrate/chase_memory.hpp"

#include "kernel_model/core/page_tables.hpp"
#include "kernel_model/hal/sim/programless_machine.hpp"

#include <algorithm>
#include <stdexcept>

namespace drywalk::calibrate {

using x86::PhysicalAddress;

namespace {

constexpr std::uint64_t table_bytes = (most_chase_tables + 2) * x86::small_page_bytes;
/// Frames of data lie above all memory that holds tables.
constexpr PhysicalAddress data_base{table_bytes};

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
void map_elements(const Pattern& pattern, kernel::Subtree root, kernel::FrameAllocator& frames)
{
    const std::uint64_t page_bytes = x86::page_bytes(pattern.page_size);
    const std::uint64_t step = std::max<std::uint64_t>(1, page_bytes / pattern.spacing);
    PhysicalAddress frame = data_base;
    for (std::uint64_t element = 0; element < pattern.elements; element += step) {
        const x86::LinearAddress page = (chase_buffer + pattern.offset(element)).page(pattern.page_size);
        const auto mapped = newly_mapped(map(root, {page, frame, pattern.page_size, open_page}, frames),
                                         kernel::Omission::was_not_present);
        if (mapped != kernel::Refusal::none) throw std::logic_error("the page tables of a chase do not fit");
        frame = frame + page_bytes;
    }
}

} // namespace

ChaseTables::ChaseTables(const Pattern& pattern) : memory_{table_bytes}
{
    TableMachine machine{memory_};
    const kernel::hal::MachineInUse in_use{machine};
    kernel::FrameAllocator frames{PhysicalAddress{x86::small_page_bytes}, PhysicalAddress{table_bytes}};
    root_ = frames.allocate().value();
    map_elements(pattern, {root_}, frames);
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
