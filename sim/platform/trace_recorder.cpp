// SPDX-License-Identifier: MIT
#include "sim/platform/trace_recorder.hpp"

#include "sim/platform/source_line.hpp"

namespace drywalk::platform {

using trace::Event;
using trace::EventKind;
using x86::AccessKind;
using x86::LinearAddress;

void TraceRecorder::begin(const BeginState& state)
{
    writer_.emplace(file_, trace::Header{{state.cpus, state.memory_bytes, vendor_, state.mode}});
}

std::string_view TraceRecorder::source(const Where& where)
{
    const SourceLine line = line_of_code(where);
    if (line.line == 0) return {};
    source_ = shown(line);
    return source_;
}

void TraceRecorder::store(unsigned cpu, x86::PhysicalAddress address, std::uint64_t value, const Where& where)
{
    Event event;
    event.cpu = cpu;
    event.kind = EventKind::store;
    event.pa = address.value();
    event.value = value;
    event.src = source(where);
    writer_->write(event);
}

void TraceRecorder::write_control(unsigned cpu, EventKind kind, std::uint64_t value, const Where& where)
{
    Event event;
    event.cpu = cpu;
    event.kind = kind;
    event.value = value;
    event.src = source(where);
    writer_->write(event);
}

void TraceRecorder::mov_cr0(unsigned cpu, x86::Cr0 value, const Where& where)
{
    write_control(cpu, EventKind::mov_cr0, value.value, where);
}

void TraceRecorder::mov_cr3(unsigned cpu, x86::Cr3 value, const Where& where)
{
    write_control(cpu, EventKind::mov_cr3, value.value, where);
}

void TraceRecorder::mov_cr4(unsigned cpu, x86::Cr4 value, const Where& where)
{
    write_control(cpu, EventKind::mov_cr4, value.value, where);
}

void TraceRecorder::wrmsr_efer(unsigned cpu, x86::Efer value, const Where& where)
{
    write_control(cpu, EventKind::wrmsr_efer, value.value, where);
}

void TraceRecorder::invlpg(unsigned cpu, LinearAddress linear, const Where& where)
{
    Event event;
    event.cpu = cpu;
    event.kind = EventKind::invlpg;
    event.va = linear.value();
    event.src = source(where);
    writer_->write(event);
}

void TraceRecorder::release(unsigned cpu, x86::PhysicalAddress address, std::uint64_t bytes, const Where& where)
{
    Event event;
    event.cpu = cpu;
    event.kind = EventKind::release;
    event.pa = address.value();
    event.bytes = bytes;
    event.src = source(where);
    writer_->write(event);
}

std::optional<Override> TraceRecorder::access(unsigned cpu, LinearAddress linear, x86::Access access, unsigned bytes)
{
    constexpr EventKind kinds[] = {EventKind::read, EventKind::write, EventKind::fetch};
    Event event;
    event.cpu = cpu;
    event.kind = kinds[static_cast<unsigned>(access.kind)];
    event.va = linear.value();
    event.user = access.user;
    event.alignment_check = access.alignment_check;
    event.size = static_cast<std::uint16_t>(bytes);
    writer_->write(event);
    return std::nullopt;
}

void TraceRecorder::page_fault(unsigned cpu, LinearAddress linear)
{
    Event event;
    event.cpu = cpu;
    event.kind = EventKind::page_fault;
    event.va = linear.value();
    writer_->write(event);
}

} // namespace drywalk::platform
