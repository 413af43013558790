// SPDX-License-Identifier: MIT
// A program as the oracle's events, and as fresh walks of the tables.

#include "tests/differential/events.hpp"

#include "models/x86/walk.hpp"

#include <stdexcept>

namespace drywalk::differential {

Tables::Tables(const Program& program, const Processor& processor)
    : mode_{program.mode(processor)}, slots_{program.slots}
{
    for (unsigned frame = 0; frame < frame_count; ++frame)
        data_[frame] = data_mark(frame);
}

void Tables::carry_out(const Operation& operation)
{
    switch (operation.kind) {
    case OperationKind::store: slots_[operation.slot] = operation.operand; break;
    case OperationKind::mov_cr0: mode_.cr0 = {operation.operand}; break;
    case OperationKind::mov_cr3: mode_.cr3 = {operation.operand}; break;
    case OperationKind::mov_cr4: mode_.cr4 = {operation.operand}; break;
    case OperationKind::wrmsr_efer: mode_.efer = {operation.operand}; break;
    default: break;
    }
}

x86::Entry Tables::entry_at(PhysicalAddress address) const
{
    for (unsigned slot = 0; slot < slot_count; ++slot) {
        if (slot_at(slot).address() == address) return x86::Entry{slots_[slot]};
    }
    return {};
}

Outcome Tables::expected(const Operation& operation) const
{
    const auto linear = LinearAddress::truncate(operation.address());
    const auto walked =
        x86::walk(linear, access_of(operation), mode_, [this](PhysicalAddress address) { return entry_at(address); });
    if (!walked.translation) return differential::page_fault(operation, walked.fault);
    const auto frame = frame_at(walked.translation->physical(linear));
    if (!frame) throw std::logic_error{"a program left the data frames"};
    return reached(operation, *frame, data_[*frame]);
}

void Tables::follow(const Operation& operation, unsigned index, const Outcome& outcome)
{
    if (operation.kind != OperationKind::write || outcome.kind != Outcome::Kind::value) return;
    for (unsigned frame = 0; frame < frame_count; ++frame) {
        if (outcome.value == data_mark(frame)) data_[frame] = written_mark(index);
    }
}

namespace {

/// The program's mode, but no tables yet: page 0 of the memory is empty.
[[nodiscard]] oracle::Configuration before(const Program& program, const Processor& processor, x86::Vendor vendor)
{
    x86::PagingMode mode = program.mode(processor);
    mode.cr3 = {};
    return {1, arena_end.value(), vendor, mode};
}

} // namespace

Suspect::Suspect(const Program& program, const Processor& processor, x86::Vendor vendor)
    : oracle_{before(program, processor, vendor)}
{
    for (unsigned slot = 0; slot < slot_count; ++slot) {
        if (program.slots[slot] != 0) oracle_.store(0, slot_at(slot).address(), program.slots[slot]);
    }
    static_cast<void>(oracle_.mov_cr3(0, table_address(Level::pml4e, 0).value()));
}

void Suspect::carry_out(const Operation& operation)
{
    switch (operation.kind) {
    case OperationKind::store: oracle_.store(0, slot_at(operation.slot).address(), operation.operand); break;
    case OperationKind::invlpg: static_cast<void>(oracle_.invlpg(0, operation.operand)); break;
    case OperationKind::mov_cr0: static_cast<void>(oracle_.mov_cr0(0, {operation.operand})); break;
    case OperationKind::mov_cr3: static_cast<void>(oracle_.mov_cr3(0, operation.operand)); break;
    case OperationKind::mov_cr4: static_cast<void>(oracle_.mov_cr4(0, {operation.operand})); break;
    case OperationKind::wrmsr_efer: static_cast<void>(oracle_.wrmsr_efer(0, {operation.operand})); break;
    default: break;
    }
}

} // namespace drywalk::differential
