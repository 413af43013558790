// SPDX-License-Identifier: MIT
// Carries out one program after the other, each from a clean slate, and tells how every access ended.

#include "kernel_model/hal/hal.hpp"
#include "kernel_model/hal/x86_64/descriptors.hpp"
#include "kernel_model/hal/x86_64/instructions.hpp"
#include "kernel_model/hal/x86_64/multiboot_module.hpp"
#include "kernel_model/hal/x86_64/panic.hpp"
#include "kernel_model/hal/x86_64/serial.hpp"
#include "kernel_model/program/workload.hpp"
#include "tests/differential/payload/probe.hpp"
#include "tests/differential/payload/protocol.hpp"
#include "tests/differential/payload/report.hpp"
#include "tests/differential/payload/spaces.hpp"

namespace drywalk::differential {

namespace {

namespace hal = kernel::hal;
namespace machine = kernel::x86_64;
using machine::direct;
using machine::read_direct;

/// What the processor had when the payload started: entry.S's page tables, nothing prevented, nothing global.
struct BootState {
    x86::Cr0 cr0;
    std::uint64_t cr3 = 0;
    x86::Cr4 cr4;
    x86::Efer efer;
};
constinit BootState boot;

constinit ProgramRecord program;
Operation operations[most_operations];
Ending endings[most_operations]; ///< of accesses

[[nodiscard]] volatile std::uint64_t& word_at(std::uint64_t view)
{
    return *reinterpret_cast<volatile std::uint64_t*>(view);
}

[[nodiscard]] volatile std::uint64_t& memory_word(PhysicalAddress address) { return word_at(table_view(address)); }

/// Copies the program at `at` out of the module, which programs do not map. Returns where the next one is.
[[nodiscard]] PhysicalAddress take_program(PhysicalAddress at)
{
    program = read_direct<ProgramRecord>(at);
    if (program.operation_count > most_operations) machine::panic("a program has too many operations");
    const std::uint64_t bytes = program.operation_count * sizeof(Operation);
    std::memcpy(operations, direct(at + sizeof(ProgramRecord)), bytes);
    return at + sizeof(ProgramRecord) + bytes;
}

void fill_arena()
{
    for (unsigned slot = 0; slot < slot_count; ++slot)
        memory_word(slot_at(slot).address()) = program.slots[slot];
    for (unsigned frame = 0; frame < frame_count; ++frame) {
        memory_word(frame_address(frame)) = kernel::template_code(code_mark(frame));
        memory_word(frame_address(frame) + data_offset) = data_mark(frame);
    }
}

/// Ends with a change of CR4.PGE: nothing is cached when the program starts.
void enter_program_state()
{
    hal::write_efer({program.efer});
    hal::write_cr0({program.cr0});
    hal::write_cr3({table_address(Level::pml4e, 0).value()});
    hal::write_cr4({program.cr4 ^ x86::Cr4::pge});
    hal::write_cr4({program.cr4});
}

void return_to_boot_state()
{
    hal::write_cr4(boot.cr4);
    hal::write_cr0(boot.cr0);
    hal::write_efer(boot.efer);
    hal::write_cr3({boot.cr3});
}

/// The mark of the frame that `value` was written to.
[[nodiscard]] std::uint64_t frame_reached(std::uint64_t value)
{
    for (unsigned frame = 0; frame < frame_count; ++frame) {
        if (word_at(frame_view(frame) + data_offset) == value) return data_mark(frame);
    }
    return nowhere;
}

void access(unsigned index)
{
    const Operation& operation = operations[index];
    Ending& ending = endings[index];
    ending = make_access(operation, written_mark(index));
    if (operation.kind == OperationKind::write && ending.vector == 0) ending.value = frame_reached(written_mark(index));
}

void carry_out(unsigned index)
{
    const Operation& operation = operations[index];
    switch (operation.kind) {
    case OperationKind::store: memory_word(slot_at(operation.slot).address()) = operation.operand; break;
    case OperationKind::invlpg: machine::invalidate_page(operation.operand); break;
    case OperationKind::mov_cr0: hal::write_cr0({operation.operand}); break;
    case OperationKind::mov_cr3: hal::write_cr3({operation.operand}); break;
    case OperationKind::mov_cr4: hal::write_cr4({operation.operand}); break;
    case OperationKind::wrmsr_efer: hal::write_efer({operation.operand}); break;
    case OperationKind::read:
    case OperationKind::write:
    case OperationKind::fetch: access(index); break;
    }
}

void tell(Answer& answer, const Ending& ending, std::uint64_t address)
{
    answer.text(" ");
    if (ending.vector == 0) {
        answer.hex(ending.value);
    } else if (ending.vector != page_fault_vector) {
        answer.text("#").hex(ending.vector);
    } else {
        answer.text("!").hex(ending.error_code);
        if (ending.fault_address != address) answer.text("@").hex(ending.fault_address);
    }
}

/// What memory holds at the end, A and D once as they are and once left out.
void tell_state(Answer& answer)
{
    StateSum all, without_flags;
    for (unsigned slot = 0; slot < slot_count; ++slot) {
        const std::uint64_t word = memory_word(slot_at(slot).address());
        all.add(word);
        without_flags.add(word & ~accessed_and_dirty);
    }
    for (unsigned frame = 0; frame < frame_count; ++frame) {
        const std::uint64_t word = memory_word(frame_address(frame) + data_offset);
        all.add(word);
        without_flags.add(word);
    }
    answer.text(" = ").hex(all.value()).text(" ").hex(without_flags.value());
}

void tell_slots(unsigned number)
{
    Answer answer{slots_tag};
    answer.text(" ").hex(number);
    for (unsigned slot = 0; slot < slot_count; ++slot)
        answer.text(" ").hex(memory_word(slot_at(slot).address()));
    machine::write_serial(answer.finish());
}

void run_program(unsigned number, bool report_slots)
{
    fill_arena();
    enter_program_state();
    for (unsigned index = 0; index < program.operation_count; ++index)
        carry_out(index);
    return_to_boot_state();

    Answer answer{program_tag};
    answer.text(" ").hex(number);
    for (unsigned index = 0; index < program.operation_count; ++index) {
        if (is_access(operations[index].kind)) tell(answer, endings[index], operations[index].address());
    }
    tell_state(answer);
    machine::write_serial(answer.finish());
    if (report_slots) tell_slots(number);
}

void tell_processor()
{
    constexpr std::uint32_t smep = 1U << 7, smap = 1U << 20, pages_1g = 1U << 26;
    const bool has_features = machine::cpuid(0).eax >= 7;
    const std::uint32_t structured = has_features ? machine::cpuid(7).ebx : 0;
    std::uint32_t features = 0;
    if ((structured & smep) != 0) features |= Feature::supervisor_execution_prevention;
    if ((structured & smap) != 0) features |= Feature::supervisor_access_prevention;
    if ((machine::cpuid(0x8000'0001).edx & pages_1g) != 0) features |= Feature::pages_1g;
    const std::uint32_t physical_bits = machine::cpuid(0x8000'0008).eax & 0xff;
    Answer answer{cpu_tag};
    machine::write_serial(answer.text(" ").hex(physical_bits).text(" ").hex(features).finish());
}

/// Moves the module out of the arena, where the loader may have put it.
[[nodiscard]] PhysicalAddress adopt_module(std::uint32_t loader_magic, PhysicalAddress multiboot_information)
{
    const auto module = machine::find_module(loader_magic, multiboot_information);
    if (module.bytes < sizeof(ModuleHeader)) machine::panic("the module is too short");
    const auto header = read_direct<ModuleHeader>(module.start);
    if (header.magic != ModuleHeader::expected_magic) machine::panic("the module holds no programs");
    if (header.bytes != module.bytes) machine::panic("the module has the wrong size");
    machine::require_memory(multiboot_information, arena_end.value() + module.bytes);
    std::memmove(direct(arena_end), direct(module.start), module.bytes);
    return arena_end;
}

} // namespace

} // namespace drywalk::differential

extern "C" [[noreturn]] void kernel_entry(std::uint32_t loader_magic, std::uint64_t multiboot_information)
{
    using namespace drywalk;
    using namespace drywalk::differential;
    machine::initialize_serial();
    machine::write_serial("\n");
    machine::load_descriptors();
    const auto module = adopt_module(loader_magic, PhysicalAddress{multiboot_information});
    const auto header = read_direct<ModuleHeader>(module);
    boot = {hal::read_cr0(), machine::read_cr3(), hal::read_cr4(), hal::read_efer()};
    tell_processor();
    build_spaces();
    PhysicalAddress next = module + sizeof(ModuleHeader);
    for (std::uint32_t number = 0; number < header.program_count; ++number) {
        next = take_program(next);
        run_program(number, header.report_slots != 0);
    }
    Answer answer{end_tag};
    machine::write_serial(answer.text(" ").hex(header.program_count).finish());
    machine::shut_down(machine::Ending::success);
}
