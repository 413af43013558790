// SPDX-License-Identifier: MIT
// The one module that a multiboot loader passes, and the memory map that comes with it.

#include "kernel_model/hal/x86_64/multiboot_module.hpp"

#include "kernel_model/hal/x86_64/multiboot.hpp"
#include "kernel_model/hal/x86_64/panic.hpp"

namespace drywalk::kernel::x86_64 {

using x86::PhysicalAddress;

namespace {

[[nodiscard]] bool is_available(const multiboot::Information& information, std::uint64_t begin, std::uint64_t end)
{
    for (std::uint32_t at = 0; at < information.memory_map_bytes;) {
        const auto region = read_direct<multiboot::MemoryRegion>(PhysicalAddress{information.memory_map} + at);
        const bool usable = region.type == multiboot::MemoryRegion::available;
        if (usable && region.base <= begin && end <= region.base + region.bytes) return true;
        at += region.size + static_cast<std::uint32_t>(sizeof(region.size));
    }
    return false;
}

} // namespace

LoadedModule find_module(std::uint32_t loader_magic, PhysicalAddress multiboot_information)
{
    if (loader_magic != multiboot::loader_magic) panic("not started by a multiboot loader");
    const auto information = read_direct<multiboot::Information>(multiboot_information);
    if ((information.flags & multiboot::Information::has_modules) == 0 || information.module_count != 1) {
        panic("the loader must pass one module, the workload program");
    }
    const auto module = read_direct<multiboot::Module>(PhysicalAddress{information.modules});
    return {PhysicalAddress{module.start}, module.end - module.start};
}

void require_memory(PhysicalAddress multiboot_information, std::uint64_t end)
{
    const auto information = read_direct<multiboot::Information>(multiboot_information);
    if ((information.flags & multiboot::Information::has_memory_map) == 0) panic("the loader passed no memory map");
    if (!is_available(information, layout::image_text.value(), end)) {
        panic(log::Line{log::panic_tag}.text("too little memory: needed without a gap up to").hex(end));
    }
}

} // namespace drywalk::kernel::x86_64
