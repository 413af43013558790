// SPDX-License-Identifier: MIT
#include "sim/judge/trace_judge.hpp"

#include "sim/judge/judged_event.hpp"
#include "sim/judge/second_pass.hpp"
#include "sim/scenario/input_error.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace drywalk::judge {

TraceJudge::TraceJudge(const trace::Header& header, JudgeOptions options) : options_{options}, oracle_{header}
{
    verdict_.cpus = header.cpus;
    verdict_.vendor = header.vendor;
}

bool TraceJudge::judge(const Event& event)
{
    bool found = false;
    switch (event.kind) {
    case EventKind::store: oracle_.store(event.cpu, x86::PhysicalAddress{event.pa}, event.value); break;
    case EventKind::mov_cr0: note_invalidation(event, oracle_.mov_cr0(event.cpu, {event.value})); break;
    case EventKind::mov_cr3: note_invalidation(event, oracle_.mov_cr3(event.cpu, event.value).mattered); break;
    case EventKind::mov_cr4: note_invalidation(event, oracle_.mov_cr4(event.cpu, {event.value})); break;
    case EventKind::wrmsr_efer: note_invalidation(event, oracle_.wrmsr_efer(event.cpu, {event.value})); break;
    case EventKind::invlpg: note_invalidation(event, oracle_.invlpg(event.cpu, event.va)); break;
    case EventKind::invpcid:
        note_invalidation(event,
                          oracle_.invpcid(event.cpu, static_cast<x86::InvpcidType>(event.type), event.pcid, event.va));
        break;
    case EventKind::read:
    case EventKind::write:
    case EventKind::fetch: found = judge_access(event); break;
    case EventKind::release: found = judge_release(event); break;
    case EventKind::page_fault: oracle_.page_fault(event.cpu, event.va); break;
    case EventKind::mark:
        oracle_.mark();
        mark_ = event.name;
        break;
    }
    ++verdict_.events;
    return found;
}

bool TraceJudge::judge_access(const Event& event)
{
    ++verdict_.accesses;
    const oracle::Judgement judgement = oracle_.access(event.cpu, event.va, access_of(event));
    if (judgement.verdict == oracle::Verdict::ok) return false;
    if (judgement.verdict == oracle::Verdict::architectural_fault) {
        ++verdict_.architectural_faults;
        return false;
    }
    Finding finding;
    finding.verdict = judgement.verdict;
    finding.cpu = event.cpu;
    finding.va = event.va;
    finding.tables = judgement.tables;
    finding.witness = judgement.witness;
    finding.remedy = judgement.remedy;
    note_finding(event, std::move(finding));
    return true;
}

bool TraceJudge::judge_release(const Event& event)
{
    const auto judgement = oracle_.release(event.cpu, x86::PhysicalAddress{event.pa}, event.bytes);
    for (const oracle::ReleaseFinding& found : judgement) {
        Finding finding;
        finding.verdict = found.verdict;
        finding.cpu = found.cpu;
        finding.va = found.holders.front().linear.value();
        finding.released = ReleasedMemory{event.pa, event.bytes};
        finding.holders = found.holders;
        finding.holder_count = found.holder_count;
        finding.witness = found.witness;
        finding.remedy = found.remedy;
        note_finding(event, std::move(finding));
    }
    return !judgement.empty();
}

void TraceJudge::note_invalidation(const Event& event, bool useful)
{
    if (useful) return;
    Some<RedundantInvalidation>& redundant = verdict_.redundant_invalidations;
    ++redundant.total;
    if (redundant.kept.size() < options_.most_kept) {
        redundant.kept.push_back({text_of(verdict_.events, event), std::nullopt});
    }
}

void TraceJudge::note_finding(const Event& event, Finding finding)
{
    Some<Finding>& row = oracle::is_violation(finding.verdict) ? verdict_.violations : verdict_.warnings;
    ++row.total;
    if (row.kept.size() >= options_.most_kept) return;
    finding.event = text_of(verdict_.events, event);
    finding.mark = mark_;
    row.kept.push_back(std::move(finding));
}

TraceVerdict judge_trace(trace::TraceReader& reader, std::optional<x86::Vendor> vendor, JudgeOptions options,
                         const Progress& progress)
{
    constexpr std::uint64_t between_reports = 65'536;
    trace::Header header = reader.header();
    if (vendor) header.vendor = *vendor;
    TraceJudge judge{header, options};
    Event event;
    while (reader.next(event)) {
        try {
            judge.judge(event);
        } catch (const std::length_error& error) {
            throw InputError(fmt::format("{}: event {}: {}", reader.file(), judge.verdict().events, error.what()));
        }
        if (progress && judge.verdict().events % between_reports == 0) progress(reader);
    }
    TraceVerdict verdict = judge.take();
    verdict.file = reader.file();
    return verdict;
}

TraceVerdict judge_input(const trace::TraceInput& input, std::optional<x86::Vendor> vendor, const Progress& progress)
{
    trace::TraceReader reader = input.open();
    TraceVerdict verdict = judge_trace(reader, vendor, {}, progress);
    verdict.file = input.name();
    complete(input, verdict);
    return verdict;
}

TraceVerdict judge_file(const std::string& file, std::optional<x86::Vendor> vendor, const Progress& progress)
{
    return judge_input(trace::TraceInput{file}, vendor, progress);
}

} // namespace drywalk::judge
