// SPDX-License-Identifier: MIT
// Programs as bytes for the payload, and in words for people.

#include "tests/differential/program.hpp"

#include <cstring>
#include <fmt/format.h>

namespace drywalk::differential {

namespace {

using x86::Entry;

template <typename T>
void append(std::vector<std::byte>& bytes, const T* values, std::size_t count)
{
    const auto* const first = reinterpret_cast<const std::byte*>(values);
    bytes.insert(bytes.end(), first, first + count * sizeof(T));
}

[[nodiscard]] std::string level_name(Level level)
{
    switch (level) {
    case Level::pml5e: break; // the arena has four levels
    case Level::pml4e: return "root";
    case Level::pdpte: return "PDPT";
    case Level::pde: return "PD";
    case Level::pte: return "PT";
    }
    return {};
}

[[nodiscard]] std::string slot_name(unsigned slot)
{
    const Slot place = slot_at(slot);
    return fmt::format("{}{}[{:#x}]", level_name(place.level), place.table, place.index);
}

/// The table of the arena at `address`, or the frame, or the bare number.
[[nodiscard]] std::string place_name(PhysicalAddress address)
{
    for (const LevelPlan& plan : level_plans) {
        for (unsigned table = 0; table < plan.tables; ++table) {
            if (table_address(plan.level, table) == address.page())
                return fmt::format("{}{}", level_name(plan.level), table);
        }
    }
    if (const auto frame = frame_at(address)) return fmt::format("frame {}", *frame);
    return fmt::format("{:#x}", address.value());
}

[[nodiscard]] std::string cr4_name(std::uint64_t value)
{
    const x86::Cr4 cr4{value};
    return fmt::format("{:#x} (PGE={:d} SMEP={:d} SMAP={:d} PSE={:d})", value, cr4.global_pages(),
                       cr4.supervisor_execution_prevention(), cr4.supervisor_access_prevention(),
                       (value & x86::Cr4::pse) != 0);
}

[[nodiscard]] std::string access_name(const Operation& operation)
{
    const char* const kind = operation.kind == OperationKind::read    ? "read"
                             : operation.kind == OperationKind::write ? "write"
                                                                      : "fetch";
    return fmt::format("{} {:#x} as {}{}", kind, operation.address(), operation.user != 0 ? "user" : "supervisor",
                       operation.alignment_check != 0 ? ", AC set" : "");
}

} // namespace

x86::PagingMode Program::mode(const Processor& processor) const
{
    return {cr0, {table_address(Level::pml4e, 0).value()}, cr4, efer, processor.paging()};
}

x86::Access access_of(const Operation& operation)
{
    const auto kind = operation.kind == OperationKind::read    ? x86::AccessKind::read
                      : operation.kind == OperationKind::write ? x86::AccessKind::write
                                                               : x86::AccessKind::fetch;
    return {kind, operation.user != 0, operation.alignment_check != 0};
}

Outcome page_fault(const Operation& operation, x86::PageFaultCode code)
{
    return {Outcome::Kind::page_fault, 0, code.value, operation.address()};
}

Outcome reached(const Operation& operation, unsigned frame, std::uint64_t data)
{
    if (operation.kind == OperationKind::fetch) return {Outcome::Kind::value, code_mark(frame), 0, 0};
    if (operation.kind == OperationKind::write) return {Outcome::Kind::value, data_mark(frame), 0, 0};
    return {Outcome::Kind::value, data, 0, 0};
}

std::optional<unsigned> frame_at(PhysicalAddress address)
{
    for (unsigned frame = 0; frame < frame_count; ++frame) {
        if (frame_address(frame) == address.page()) return frame;
    }
    return std::nullopt;
}

std::vector<std::byte> module_of(std::span<const Program> programs, bool report_slots)
{
    ModuleHeader header;
    header.program_count = static_cast<std::uint32_t>(programs.size());
    header.report_slots = report_slots ? 1 : 0;
    header.bytes = sizeof(header);
    for (const Program& program : programs)
        header.bytes += sizeof(ProgramRecord) + program.operations.size() * sizeof(Operation);
    std::vector<std::byte> bytes;
    bytes.reserve(header.bytes);
    append(bytes, &header, 1);
    for (const Program& program : programs) {
        const ProgramRecord record{program.cr0.value, program.cr4.value, program.efer.value, program.operations.size(),
                                   program.slots};
        append(bytes, &record, 1);
        append(bytes, program.operations.data(), program.operations.size());
    }
    return bytes;
}

std::string describe_entry(std::uint64_t raw, Level level)
{
    const Entry entry{raw};
    if (!entry.present()) return fmt::format("{:#x} (not present)", raw);
    std::string text = fmt::format("{:#x} ", raw);
    text += entry.maps_page(level) ? fmt::format("leaf of {}", 1U << (9 * x86::level_position(level))) + " x 4K at "
                                   : std::string{"-> "};
    text += place_name(entry.next_table());
    text += entry.rights().writable ? " RW" : " RO";
    text += entry.rights().user ? " U" : " S";
    if (entry.execute_disable()) text += " XD";
    if (entry.global()) text += " G";
    if (entry.accessed()) text += " A";
    if (entry.dirty()) text += " D";
    return text;
}

std::string describe(const Operation& operation)
{
    switch (operation.kind) {
    case OperationKind::store:
        return fmt::format("{} = {}", slot_name(operation.slot),
                           describe_entry(operation.operand, slot_at(operation.slot).level));
    case OperationKind::invlpg: return fmt::format("invlpg {:#x}", operation.operand);
    case OperationKind::mov_cr0:
        return fmt::format("cr0 = {:#x} (WP={:d})", operation.operand, x86::Cr0{operation.operand}.write_protect());
    case OperationKind::mov_cr3: return fmt::format("cr3 = {}", place_name(PhysicalAddress{operation.operand}));
    case OperationKind::mov_cr4: return "cr4 = " + cr4_name(operation.operand);
    case OperationKind::wrmsr_efer:
        return fmt::format("efer = {:#x} (NXE={:d})", operation.operand,
                           x86::Efer{operation.operand}.execute_disable());
    case OperationKind::read:
    case OperationKind::write:
    case OperationKind::fetch: return access_name(operation);
    }
    return {};
}

std::string describe(const Outcome& outcome)
{
    switch (outcome.kind) {
    case Outcome::Kind::value: return fmt::format("{:#x}", outcome.value);
    case Outcome::Kind::page_fault: return fmt::format("#PF({:#x}) at {:#x}", outcome.error, outcome.address);
    case Outcome::Kind::other: return fmt::format("exception {}", outcome.value);
    }
    return {};
}

std::string describe_start(const Program& program)
{
    std::string text = fmt::format("start: cr0 {:#x} (WP={:d}), cr4 {}, efer {:#x} (NXE={:d}), cr3 root0\n",
                                   program.cr0.value, program.cr0.write_protect(), cr4_name(program.cr4.value),
                                   program.efer.value, program.efer.execute_disable());
    for (unsigned slot = 0; slot < slot_count; ++slot) {
        if (program.slots[slot] == 0) continue;
        text += fmt::format("  {} = {}\n", slot_name(slot), describe_entry(program.slots[slot], slot_at(slot).level));
    }
    return text;
}

} // namespace drywalk::differential
