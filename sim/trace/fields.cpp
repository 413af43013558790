// SPDX-License-Identifier: MIT
#include "sim/trace/fields.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::trace {

namespace {

[[nodiscard]] std::string describe_broadcast(const Event& event)
{
    const Broadcast& broadcast = event.broadcast;
    std::string text = "invlpgb";
    if (broadcast.has_pcid) text += fmt::format(" pcid={:#x}", event.pcid);
    if (broadcast.has_asid) text += fmt::format(" asid={:#x}", broadcast.asid);
    if (broadcast.has_va) text += fmt::format(" va={:#x}", event.va);
    if (broadcast.count != 0) text += fmt::format(" count={}", broadcast.count);
    if (broadcast.global) text += " global";
    if (broadcast.final_only) text += " final";
    if (broadcast.nested) text += " nested";
    if (broadcast.stride_2m) text += " stride_2m";
    return text;
}

} // namespace

x86::Invlpgb operands_of(const Event& event)
{
    const Broadcast& from = event.broadcast;
    x86::Invlpgb operands;
    if (from.has_va) operands.va = event.va;
    if (from.has_pcid) operands.pcid = event.pcid;
    if (from.has_asid) operands.asid = from.asid;
    operands.global = from.global;
    operands.final = from.final_only;
    operands.nested = from.nested;
    operands.stride_2m = from.stride_2m;
    operands.count = from.count;
    return operands;
}

std::string describe(const Event& event)
{
    if (event.kind == EventKind::invlpgb) return describe_broadcast(event);
    const Shape& shape = shape_of(event.kind);
    const Fields shown = shape.allowed();
    std::string text{shape.name};
    if (event.kind == EventKind::mark) text += " " + in_quotes(event.name);
    if (contains(shown, Field::type)) text += fmt::format(" type={} pcid={:#x}", event.type, event.pcid);
    if (contains(shown, Field::pa)) text += fmt::format(" pa={:#x}", event.pa);
    if (contains(shown, Field::va)) text += fmt::format(" va={:#x}", event.va);
    if (contains(shown, Field::value)) text += fmt::format(" value={:#x}", event.value);
    if (contains(shown, Field::bytes)) text += fmt::format(" bytes={:#x}", event.bytes);
    if (contains(shown, Field::size) && event.size != 1) text += fmt::format(" size={}", event.size);
    if (event.user) text += " user";
    if (event.alignment_check) text += " ac";
    if (event.shadow_stack) text += " shadow_stack";
    return text;
}

} // namespace drywalk::trace
