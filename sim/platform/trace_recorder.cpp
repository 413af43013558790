// SPDX-License-Identifier: MIT
#include "sim/platform/trace_recorder.hpp"

#include "sim/platform/source_line.hpp"

namespace drywalk::platform {

using trace::Event;
using trace::EventKind;
using x86::AccessKind;
using x86::LinearAddress;

void TraceRecorder::begin(const x86::PagingMode& mode, std::uint64_t memory_bytes)
{
    writer_.emplace(file_, trace::Header{{1, memory_bytes, vendor_, mode}});
}

std::string_view TraceRecorder::source(const Where& where)
{
    const SourceLine line = line_of_code(where);
    if (line.line == 0) return {};
    source_ = shown(line);
    return source_;
}

void TraceRecorder::store(x86::PhysicalAddress address, std::uint64_t value, const Where& where)
{
    Event event;
    event.kind = EventKind::store;
    event.pa = address.value();
    event.value = value;
    event.src = source(where);
    writer_->write(event);
}

void TraceRecorder::write_control(EventKind kind, std::uint64_t value, const Where& where)
{
    Event event;
    event.kind = kind;
    event.value = value;
    event.src = source(where);
    writer_->write(event);
}

void TraceRecorder::mov_cr0(x86::Cr0 value, const Where& where)
{
    write_control(EventKind::mov_cr0, value.value, where);
}

void TraceRecorder::mov_cr3(x86::Cr3 value, const Where& where)
{
    write_control(EventKind::mov_cr3, value.value, where);
}

void TraceRecorder::mov_cr4(x86::Cr4 value, const Where& where)
{
    write_control(EventKind::mov_cr4, value.value, where);
}

void TraceRecorder::wrmsr_efer(x86::Efer value, const Where& where)
{
    write_control(EventKind::wrmsr_efer, value.value, where);
}

void TraceRecorder::invlpg(LinearAddress linear, const Where& where)
{
    Event event;
    event.kind = EventKind::invlpg;
    event.va = linear.value();
    event.src = source(where);
    writer_->write(event);
}

void TraceRecorder::release(x86::PhysicalAddress address, std::uint64_t bytes, const Where& where)
{
    Event event;
    event.kind = EventKind::release;
    event.pa = address.value();
    event.bytes = bytes;
    event.src = source(where);
    writer_->write(event);
}

std::optional<Override> TraceRecorder::access(LinearAddress linear, x86::Access access, unsigned bytes)
{
    constexpr EventKind kinds[] = {EventKind::read, EventKind::write, EventKind::fetch};
    Event event;
    event.kind = kinds[static_cast<unsigned>(access.kind)];
    event.va = linear.value();
    event.user = access.user;
    event.alignment_check = access.alignment_check;
    event.size = static_cast<std::uint16_t>(bytes);
    writer_->write(event);
    return std::nullopt;
}

void TraceRecorder::page_fault(LinearAddress linear)
{
    Event event;
    event.kind = EventKind::page_fault;
    event.va = linear.value();
    writer_->write(event);
}

} // namespace drywalk::platform
