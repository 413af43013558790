// SPDX-License-Identifier: MIT
// From the multiboot module to the workload program at the end of the frame pool.

#include "kernel_model/core/layout.hpp"
#include "kernel_model/hal/x86_64/multiboot.hpp"
#include "kernel_model/hal/x86_64/panic.hpp"
#include "kernel_model/hal/x86_64/program.hpp"

#include <cstring>

namespace drywalk::kernel::x86_64 {

namespace {

using x86::PhysicalAddress;

/// What entry.S maps at layout::direct_map.
constexpr std::uint64_t boot_map_bytes = 4 * layout::gib;

[[nodiscard]] std::byte* direct(PhysicalAddress address)
{
    return reinterpret_cast<std::byte*>(layout::direct_map.value() + address.value());
}

template <typename T>
[[nodiscard]] T read(PhysicalAddress address)
{
    T value;
    std::memcpy(&value, direct(address), sizeof(T));
    return value;
}

[[nodiscard]] multiboot::Module find_module(const multiboot::Information& information)
{
    if ((information.flags & multiboot::Information::has_modules) == 0 || information.module_count != 1) {
        panic("the loader must pass one module, the workload program");
    }
    return read<multiboot::Module>(PhysicalAddress{information.modules});
}

[[nodiscard]] ProgramHeader read_header(const multiboot::Module& module)
{
    if (module.end - module.start < sizeof(ProgramHeader)) panic("the module is too short for a workload program");
    const auto header = read<ProgramHeader>(PhysicalAddress{module.start});
    if (header.magic != ProgramHeader::expected_magic) panic("the module is not a workload program");
    const auto end = program_offsets(header).end;
    if (header.program_bytes != end || module.end - module.start != end) {
        panic(log::Line{log::panic_tag}
                  .text("the workload program has the wrong size: header")
                  .hex(header.program_bytes)
                  .text("arrays")
                  .hex(end)
                  .text("module")
                  .hex(module.end - module.start));
    }
    return header;
}

[[nodiscard]] bool is_available(const multiboot::Information& information, std::uint64_t begin, std::uint64_t end)
{
    for (std::uint32_t at = 0; at < information.memory_map_bytes;) {
        const auto region = read<multiboot::MemoryRegion>(PhysicalAddress{information.memory_map} + at);
        const bool usable = region.type == multiboot::MemoryRegion::available;
        if (usable && region.base <= begin && end <= region.base + region.bytes) return true;
        at += region.size + static_cast<std::uint32_t>(sizeof(region.size));
    }
    return false;
}

void check_memory(const multiboot::Information& information, const ProgramHeader& header)
{
    const std::uint64_t end = header.memory_end + header.program_bytes;
    const bool aligned = PhysicalAddress{header.memory_end}.aligned(x86::PageSize::size_2m);
    if (!aligned || header.memory_end <= layout::frame_pool.value() || end > boot_map_bytes ||
        end < header.memory_end) {
        panic(log::Line{log::panic_tag}.text("the workload program asks for memory up to").hex(header.memory_end));
    }
    if ((information.flags & multiboot::Information::has_memory_map) == 0) panic("the loader passed no memory map");
    if (!is_available(information, layout::image_text.value(), end)) {
        panic(log::Line{log::panic_tag}.text("too little memory: needed without a gap up to").hex(end));
    }
}

} // namespace

void adopt_program(std::uint32_t loader_magic, PhysicalAddress multiboot_information)
{
    if (loader_magic != multiboot::loader_magic) panic("not started by a multiboot loader");
    const auto information = read<multiboot::Information>(multiboot_information);
    const auto module = find_module(information);
    const auto header = read_header(module);
    check_memory(information, header);

    // The loader may have put the module anywhere, the place it belongs to included.
    const PhysicalAddress home{header.memory_end};
    std::memmove(direct(home), direct(PhysicalAddress{module.start}), header.program_bytes);
    open_program(header, home);
}

} // namespace drywalk::kernel::x86_64
