// SPDX-License-Identifier: MIT
#include "sim/judge/judged_event.hpp"

#include "sim/trace/fields.hpp"

#include <bit>
#include <cstring>

namespace drywalk::judge {

using trace::Event;
using trace::EventKind;
using x86::LinearAddress;
using x86::PhysicalAddress;
using x86::WalkStep;

std::array<std::uint64_t, x86::entries_per_table> words_of(const Event& event)
{
    static_assert(std::endian::native == std::endian::little);
    std::array<std::uint64_t, x86::entries_per_table> words{};
    if (event.kind == EventKind::fill)
        words.fill(event.value);
    else
        std::memcpy(words.data(), event.data.data(), sizeof words);
    return words;
}

std::optional<LinearAddress> accessed_address(const Event& event, const x86::PagingMode& mode)
{
    return x86::accessed_address(event.va, access_of(event), mode);
}

std::optional<PhysicalAddress> leaf_slot(const oracle::Oracle& oracle, unsigned cpu, LinearAddress linear)
{
    const x86::PagingMode& mode = oracle.mode(cpu);
    if (!mode.cr0.paging()) return std::nullopt;
    for (x86::WalkPosition position = walk_start(mode);;) {
        const PhysicalAddress slot = position.entry_address(linear);
        const WalkStep step = walk_step(position, x86::Entry{oracle.memory_at(slot)}, mode);
        if (step.kind == WalkStep::Kind::fault) return std::nullopt;
        if (step.kind == WalkStep::Kind::leaf) return slot;
        position = step.next;
    }
}

void apply(oracle::Oracle& oracle, const Event& event, const Sink& sink)
{
    switch (event.kind) {
    case EventKind::store: oracle.store(event.cpu, PhysicalAddress{event.pa}, event.value); break;
    case EventKind::mov_cr0: oracle.mov_cr0(event.cpu, {event.value}); break;
    case EventKind::mov_cr3: {
        const oracle::RootJudgement judgement = oracle.mov_cr3(event.cpu, event.value);
        if (judgement.recycled) sink(oracle::Verdict::pcid_recycled, event.cpu, std::nullopt);
        for (const oracle::EventIndex released : judgement.escalations)
            sink(oracle::Verdict::released_while_reachable, event.cpu, released);
        break;
    }
    case EventKind::mov_cr4: oracle.mov_cr4(event.cpu, {event.value}); break;
    case EventKind::wrmsr_efer: oracle.wrmsr_efer(event.cpu, {event.value}); break;
    case EventKind::invlpg: oracle.invlpg(event.cpu, event.va); break;
    case EventKind::invpcid:
        oracle.invpcid(event.cpu, static_cast<x86::InvpcidType>(event.type), event.pcid, event.va);
        break;
    case EventKind::read:
    case EventKind::write:
    case EventKind::fetch: {
        if (oracle.passes(event.cpu, event.va, access_of(event))) break;
        const oracle::Verdict verdict = oracle.access(event.cpu, event.va, access_of(event)).verdict;
        if (is_violation(verdict) || is_warning(verdict)) sink(verdict, event.cpu, std::nullopt);
        break;
    }
    case EventKind::release:
        for (const oracle::ReleaseFinding& finding :
             oracle.release(event.cpu, PhysicalAddress{event.pa}, event.bytes)) {
            sink(finding.verdict, finding.cpu, std::nullopt);
        }
        break;
    case EventKind::page_fault: oracle.page_fault(event.cpu, event.va); break;
    case EventKind::mark: oracle.mark(); break;
    case EventKind::page:
    case EventKind::fill: oracle.store_page(event.cpu, PhysicalAddress{event.pa}, words_of(event)); break;
    case EventKind::wrpkru: oracle.wrpkru(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    case EventKind::wrmsr_pkrs: oracle.wrmsr_pkrs(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    case EventKind::invlpgb: oracle.invlpgb(event.cpu, trace::operands_of(event)); break;
    case EventKind::tlbsync: oracle.tlbsync(event.cpu); break;
    }
}

void apply(oracle::Oracle& oracle, const oracle::Remedy& remedy)
{
    switch (remedy.instruction) {
    case oracle::Remedy::Instruction::none: break;
    case oracle::Remedy::Instruction::invlpg: oracle.invlpg(remedy.cpu, remedy.linear.value()); break;
    case oracle::Remedy::Instruction::invpcid:
        oracle.invpcid(remedy.cpu, remedy.type, remedy.pcid, remedy.linear.value());
        break;
    case oracle::Remedy::Instruction::mov_cr3: static_cast<void>(oracle.mov_cr3(remedy.cpu, remedy.value)); break;
    }
}

} // namespace drywalk::judge
