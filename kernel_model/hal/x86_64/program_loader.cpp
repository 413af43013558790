// SPDX-License-Identifier: MIT
// From the multiboot module to the workload program at the end of the frame pool.

#include "kernel_model/hal/x86_64/multiboot_module.hpp"
#include "kernel_model/hal/x86_64/panic.hpp"
#include "kernel_model/hal/x86_64/program.hpp"
#include "kernel_model/program/layout.hpp"

#include <cstring>

namespace drywalk::kernel::x86_64 {

namespace {

using x86::PhysicalAddress;

[[nodiscard]] ProgramHeader read_header(const LoadedModule& module)
{
    if (module.bytes < sizeof(ProgramHeader)) panic("the module is too short for a workload program");
    const auto header = read_direct<ProgramHeader>(module.start);
    if (header.magic != ProgramHeader::expected_magic) panic("the module is not a workload program");
    const auto end = program_offsets(header).end;
    if (header.program_bytes != end || module.bytes != end) {
        panic(log::Line{log::panic_tag}
                  .text("the workload program has the wrong size: header")
                  .hex(header.program_bytes)
                  .text("arrays")
                  .hex(end)
                  .text("module")
                  .hex(module.bytes));
    }
    return header;
}

void check_memory(PhysicalAddress multiboot_information, const ProgramHeader& header)
{
    const std::uint64_t end = header.memory_end + header.program_bytes;
    const bool aligned = PhysicalAddress{header.memory_end}.aligned(x86::PageSize::size_2m);
    if (!aligned || header.memory_end <= layout::frame_pool.value() || end > boot_map_bytes ||
        end < header.memory_end) {
        panic(log::Line{log::panic_tag}.text("the workload program asks for memory up to").hex(header.memory_end));
    }
    require_memory(multiboot_information, end);
}

} // namespace

void adopt_program(std::uint32_t loader_magic, PhysicalAddress multiboot_information)
{
    const auto module = find_module(loader_magic, multiboot_information);
    const auto header = read_header(module);
    check_memory(multiboot_information, header);

    // The loader may have put the module anywhere, the place it belongs to included.
    const PhysicalAddress home{header.memory_end};
    std::memmove(direct(home), direct(module.start), header.program_bytes);
    open_program(header, home);
}

} // namespace drywalk::kernel::x86_64
