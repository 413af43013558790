// SPDX-License-Identifier: MIT
#include "sim/judge/trace_judge.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/input_error.hpp"
#include "sim/judge/judged_event.hpp"
#include "sim/judge/second_pass.hpp"
#include "sim/trace/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace drywalk::judge {

namespace {

[[noreturn]] void fail_at_event(const trace::TraceReader& reader, std::uint64_t index, std::string_view what)
{
    throw InputError{one_line(fmt::format("{}:{}: event {}: {}", reader.file(), reader.place().line, index, what))};
}

} // namespace

TraceJudge::TraceJudge(const trace::Header& header, JudgeOptions options) : options_{options}, oracle_{header}
{
    verdict_.cpus = header.cpus;
    verdict_.vendor = header.vendor;
    verdict_.from_middle = header.from == trace::From::middle;
}

bool TraceJudge::judge(const Event& event)
{
    bool found = false;
    switch (event.kind) {
    case EventKind::store: oracle_.store(event.cpu, x86::PhysicalAddress{event.pa}, event.value); break;
    case EventKind::mov_cr0: note_invalidation(event, oracle_.mov_cr0(event.cpu, {event.value})); break;
    case EventKind::mov_cr3: found = judge_root(event); break;
    case EventKind::mov_cr4: judge_cr4(event); break;
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
        verdict_.last_mark = shortened(event.name);
        break;
    case EventKind::page:
    case EventKind::fill: oracle_.store_page(event.cpu, x86::PhysicalAddress{event.pa}, words_of(event)); break;
    case EventKind::wrpkru: oracle_.wrpkru(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    case EventKind::wrmsr_pkrs: oracle_.wrmsr_pkrs(event.cpu, static_cast<std::uint32_t>(event.value)); break;
    case EventKind::invlpgb: oracle_.invlpgb(event.cpu, trace::operands_of(event)); break;
    case EventKind::tlbsync: oracle_.tlbsync(event.cpu); break;
    }
    ++verdict_.events;
    return found;
}

bool TraceJudge::judge_access(const Event& event)
{
    ++verdict_.accesses;
    const x86::Access access = access_of(event);
    if (oracle_.passes(event.cpu, event.va, access)) return false;
    const oracle::Judgement judgement = oracle_.access(event.cpu, event.va, access);
    if (judgement.verdict == oracle::Verdict::ok) return false;
    if (judgement.verdict == oracle::Verdict::architectural_fault) {
        ++verdict_.architectural_faults;
        return false;
    }
    const auto translated = accessed_address(event, oracle_.mode(event.cpu));
    Finding finding;
    finding.verdict = judgement.verdict;
    finding.cpu = event.cpu;
    finding.va = translated ? translated->value() : event.va; // masking has taken software's bits out
    finding.tables = judgement.tables;
    finding.witness = judgement.witness;
    finding.remedy = judgement.remedy;
    note_finding(event, std::move(finding));
    return true;
}

bool TraceJudge::judge_root(const Event& event)
{
    const oracle::RootJudgement judgement = oracle_.mov_cr3(event.cpu, event.value);
    note_invalidation(event, judgement.mattered);
    for (const std::uint64_t release : judgement.escalations)
        escalate(release, event.cpu);
    if (!judgement.recycled) return false;
    Finding finding;
    finding.verdict = oracle::Verdict::pcid_recycled;
    finding.cpu = event.cpu;
    finding.witness = oracle::Witness{{}, false, judgement.pcid, judgement.left_root, verdict_.events};
    finding.remedy = judgement.remedy;
    note_finding(event, std::move(finding));
    return true;
}

/// The PCID that only could lead to released memory is loaded: the warning was none.
void TraceJudge::escalate(std::uint64_t release, unsigned cpu)
{
    std::vector<Finding>& warnings = verdict_.warnings.kept;
    const auto warned = std::ranges::find_if(warnings, [&](const Finding& finding) {
        return finding.event.index == release && finding.cpu == cpu &&
               finding.verdict == oracle::Verdict::released_while_parked;
    });
    --verdict_.warnings.total;
    ++verdict_.violations.total;
    if (warned == warnings.end()) return; // one of those that were only counted
    Finding finding = std::move(*warned);
    warnings.erase(warned);
    finding.verdict = oracle::Verdict::released_while_reachable;
    finding.loaded_by = verdict_.events;
    if (verdict_.violations.kept.size() == options_.most_kept) return;
    const auto place = std::ranges::upper_bound(verdict_.violations.kept, finding.event.index, {},
                                                [](const Finding& other) { return other.event.index; });
    verdict_.violations.kept.insert(place, std::move(finding));
}

bool TraceJudge::judge_release(const Event& event)
{
    ++verdict_.releases;
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

void TraceJudge::judge_cr4(const Event& event)
{
    const auto useless_since = oracle_.mov_cr4(event.cpu, {event.value});
    if (useless_since) note_redundant(cr4_writes_.at(event.cpu));
    cr4_writes_[event.cpu] = text_of(verdict_.events, event);
}

void TraceJudge::note_redundant(EventText text)
{
    Some<RedundantInvalidation>& redundant = verdict_.redundant_invalidations;
    ++redundant.total;
    if (redundant.kept.size() >= options_.most_kept) return;
    redundant.kept.push_back({std::move(text), std::nullopt});
    ++kept_;
}

void TraceJudge::note_invalidation(const Event& event, bool useful)
{
    if (!useful) note_redundant(text_of(verdict_.events, event));
}

void TraceJudge::note_finding(const Event& event, Finding finding)
{
    Some<Finding>& row = oracle::is_violation(finding.verdict) ? verdict_.violations : verdict_.warnings;
    ++row.total;
    if (row.kept.size() >= options_.most_kept) return;
    finding.event = text_of(verdict_.events, event);
    finding.mark = verdict_.last_mark;
    verdict_.most_deviations = std::max<std::uint64_t>(verdict_.most_deviations, oracle_.live_deviations());
    row.kept.push_back(std::move(finding));
    ++kept_;
}

TraceVerdict judge_trace(trace::TraceReader& reader, std::optional<x86::Vendor> vendor, JudgeOptions options,
                         const Progress& progress)
{
    constexpr std::uint64_t between_reports = 65'536;
    trace::Header header = reader.header();
    if (vendor) header.vendor = *vendor;
    TraceJudge judge{header, options};
    std::map<std::uint64_t, trace::EventPlace> places;
    Event event;
    while (reader.next(event)) {
        const std::uint64_t index = judge.verdict().events;
        const std::uint64_t kept = judge.kept();
        try {
            judge.judge(event);
        } catch (const std::length_error& error) {
            fail_at_event(reader, index, error.what());
        } catch (const std::bad_alloc&) {
            fail_at_event(reader, index, "not enough memory to follow what is stored and stale so far");
        }
        if (judge.kept() != kept && !reader.counts_lines()) places.emplace(index, reader.place());
        if (progress && judge.verdict().events % between_reports == 0) progress(reader);
    }
    TraceVerdict verdict = judge.take();
    verdict.file = reader.file();
    verdict.files = reader.files();
    verdict.lines = reader.counts_lines();
    verdict.places = std::move(places);
    verdict.noise = reader.noise();
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
