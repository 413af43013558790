// SPDX-License-Identifier: MIT
#include "sim/platform/boot_state.hpp"

#include "kernel_model/program/boot_state.hpp"
#include "kernel_model/program/layout.hpp"

namespace drywalk::platform {

namespace layout = kernel::layout;
using x86::LinearAddress;
using x86::PageSize;
using x86::PhysicalAddress;

namespace {

/// The boot loader's tables follow the window directory: PML4, two PDPTs, then page directories.
constexpr PhysicalAddress boot_root = layout::window_directory + x86::small_page_bytes;

/// As the bare-metal entry code leaves it.
x86::PagingMode boot_mode()
{
    x86::PagingMode mode;
    mode.cr0 = kernel::boot_state::cr0;
    mode.cr3 = {boot_root.value()};
    mode.cr4 = kernel::boot_state::cr4;
    mode.efer = {kernel::boot_state::efer.value | x86::Efer::lma};
    return mode;
}

/// The kernel's direct map and its linked addresses, 2 MiB leaves, as the bare-metal entry code sets them up. Left out
/// is what only that code uses: the identity map that it runs on, and what lies beyond the kernel's memory.
void build_tables(memory::PhysicalMemory& memory, std::uint64_t mapped_bytes)
{
    const PhysicalAddress direct_pdpt = boot_root + x86::small_page_bytes;
    const PhysicalAddress kernel_pdpt = direct_pdpt + x86::small_page_bytes;
    const PhysicalAddress first_directory = kernel_pdpt + x86::small_page_bytes;
    const auto link = [&memory](PhysicalAddress table, LinearAddress linear, x86::Level level, PhysicalAddress next) {
        memory.write(table + std::uint64_t{linear.index(level)} * x86::entry_bytes,
                     kernel::boot_state::table(next).raw());
    };
    link(boot_root, layout::direct_map, x86::Level::pml4e, direct_pdpt);
    link(boot_root, layout::kernel_base, x86::Level::pml4e, kernel_pdpt);
    link(kernel_pdpt, layout::kernel_base, x86::Level::pdpte, first_directory);
    for (std::uint64_t at = 0; at < mapped_bytes; at += page_bytes(PageSize::size_2m)) {
        const PhysicalAddress directory = first_directory + at / layout::gib * x86::small_page_bytes;
        link(direct_pdpt, layout::direct_map + at, x86::Level::pdpte, directory);
        const std::uint64_t offset =
            LinearAddress::truncate(at).index(x86::Level::pde) * std::uint64_t{x86::entry_bytes};
        memory.write(directory + offset, kernel::boot_state::large_leaf(PhysicalAddress{at}).raw());
    }
}

void tell_of_tables(SharedMemory& shared)
{
    if (shared.observers().empty()) return;
    for (PhysicalAddress at = boot_root; at < layout::frame_pool; at = at + x86::entry_bytes) {
        if (const std::uint64_t value = shared.memory().read(at); value != 0) shared.note_write(0, at, value, {});
    }
}

} // namespace

void boot(Machine& machine, std::uint64_t mapped_bytes)
{
    build_tables(machine.memory(), mapped_bytes);
    machine.reset(boot_mode());
    tell_of_tables(machine.shared());
}

} // namespace drywalk::platform
