// SPDX-License-Identifier: MIT
// What the judge found in a run, for people: the same findings in the same words as those of a trace.
#include "sim/judge/report.hpp"
#include "sim/judge/wording.hpp"
#include "sim/report/text_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::report {

namespace {

using judge::counted;
using platform::JudgedAccess;
using platform::shown;

constexpr std::size_t most_named = 8; ///< lines of redundant invalidations

/// The access, release or MOV CR3 as an event of a trace.
judge::Event event_of(const JudgedAccess& judged)
{
    judge::Event event;
    event.va = judged.linear.value();
    event.user = judged.access.user;
    switch (judged.access.kind) {
    case x86::AccessKind::read: event.kind = judge::EventKind::read; break;
    case x86::AccessKind::write: event.kind = judge::EventKind::write; break;
    case x86::AccessKind::fetch: event.kind = judge::EventKind::fetch; break;
    }
    if (judged.is_release()) {
        event.kind = judge::EventKind::release;
        event.user = false;
        event.pa = judged.released.value();
        event.bytes = x86::small_page_bytes;
    }
    return event;
}

judge::EventText text_of(const JudgedAccess& judged)
{
    judge::EventText text = judge::text_of(judged.event, event_of(judged));
    if (judged.verdict == oracle::Verdict::pcid_recycled) text.what = "mov_cr3";
    if (judged.at.file != nullptr) text.src = shown(judged.at);
    return text;
}

judge::Finding finding_of(const JudgedAccess& judged)
{
    judge::Finding finding;
    finding.event = text_of(judged);
    finding.verdict = judged.verdict;
    finding.va = judged.linear.value();
    if (judged.is_release()) finding.released = {judged.released.value(), x86::small_page_bytes};
    finding.tables = judged.tables;
    finding.witness = judged.witness;
    finding.remedy = judged.remedy;
    return finding;
}

/// Only its place is known of an event that a finding refers to.
void cite(judge::TraceVerdict& verdict, std::uint64_t event, const platform::SourceLine& line)
{
    judge::EventText& text = verdict.cited[event];
    text.index = event;
    text.src = shown(line);
}

/// True if `one` was told by `other`, whose line of the kernel is to blame for both. How many more there are is not
/// known by line: a run keeps the first access of each kind.
bool is_told_by(const JudgedAccess& one, const JudgedAccess& other)
{
    return one.verdict == other.verdict && one.broken_at == other.broken_at && one.at == other.at;
}

judge::TraceVerdict verdict_of(const platform::JudgeSummary& summary)
{
    judge::TraceVerdict verdict;
    verdict.lines = false;
    verdict.events = summary.events;
    verdict.accesses = summary.accesses;
    for (auto at = summary.judged.begin(); at != summary.judged.end(); ++at) {
        const JudgedAccess& judged = *at;
        const auto tells = [&](const JudgedAccess& other) { return is_told_by(judged, other); };
        if (std::any_of(summary.judged.begin(), at, tells)) continue;
        auto& findings = is_violation(judged.verdict) ? verdict.violations : verdict.warnings;
        findings.kept.push_back(finding_of(judged));
        cite(verdict, judged.witness.established_by, judged.established_at);
        cite(verdict, judged.witness.broken_by, judged.broken_at);
    }
    return verdict;
}

/// Each line of `text` four spaces to the right, and broken where it is longer than a line of the page.
std::string set_in(const std::string& text, output::PageWidth width)
{
    constexpr std::size_t indent = 4;
    constexpr std::size_t hanging = 8;
    std::string result;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string line = text.substr(start, end - start);
        result += line.empty() ? "\n" : output::wrapped(line, width, indent, hanging);
        start = end + 1;
    }
    return result;
}

std::string findings_text(const platform::JudgeSummary& summary, output::PageWidth width)
{
    const judge::CheckedRun run{verdict_of(summary)};
    std::string text;
    for (const judge::Group& group : run.groups)
        text += set_in(judge::group_text(run, group), width);
    if (text.ends_with("\n\n")) text.pop_back();
    return text;
}

std::string violations_text(const platform::JudgeSummary& summary)
{
    const auto count = [&](oracle::Verdict verdict) { return summary.verdicts[static_cast<unsigned>(verdict)]; };
    const std::uint64_t releases =
        count(oracle::Verdict::released_while_reachable) + count(oracle::Verdict::released_in_use);
    const std::uint64_t accesses = summary.violations() - releases;
    std::vector<std::string> parts;
    if (accesses != 0) parts.push_back(counted(accesses, "access", "accesses") + " may go wrong");
    if (releases != 0) parts.push_back(counted(releases, "page", "pages") + " freed too early");
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string redundant_text(const platform::RunResult& result, output::PageWidth width)
{
    std::string text;
    const auto& all = result.judge->redundant_invalidations;
    for (std::size_t index = 0; index < std::min(all.size(), most_named); ++index) {
        const platform::RedundantInvalidation& redundant = all[index];
        const auto category = redundant.is_invlpg ? machine::MmuCategory::invlpg : machine::MmuCategory::mov_cr4;
        const machine::Ledger::Line charged = result.ledger[category];
        const std::uint64_t cycles = charged.count == 0 ? 0 : redundant.count * (charged.cycles / charged.count);
        text += output::wrapped(
            fmt::format("redundant: event {}: {} ({}){}, {} cycles: in this run, nothing that "
                        "mattered was removed",
                        redundant.first_event, redundant.is_invlpg ? "invlpg" : "mov_cr4", shown(redundant.at),
                        redundant.count == 1 ? "" : fmt::format(" and {} more from this line", redundant.count - 1),
                        cycles),
            width, 4, 6);
    }
    if (all.size() > most_named) text += fmt::format("    and {} more lines like these\n", all.size() - most_named);
    return text;
}

} // namespace

std::string judgement(const platform::RunResult& result)
{
    if (!result.judge) return "not judged";
    if (result.judge->violations() != 0) return "VIOLATION: " + violations_text(*result.judge);
    const std::uint64_t warnings = result.judge->warnings();
    return warnings == 0 ? "clean" : fmt::format("clean, {}", counted(warnings, "warning", "warnings"));
}

std::string judge_text(const study::Row& row, output::PageWidth width)
{
    if (!row.result.judge) return "";
    const platform::JudgeSummary& summary = *row.result.judge;
    std::string text = findings_text(summary, width);
    if (summary.release_replayed) {
        text += output::wrapped("a release cannot be replayed by itself: it makes no access that could go wrong. "
                                "--tlb adversarial lets every later access go wrong that still reaches the memory",
                                width, 4, 4);
    }
    if (summary.overridden != 0) {
        const bool one = summary.overridden == 1;
        text += fmt::format("    {} {} made to go wrong\n", counted(summary.overridden, "access", "accesses"),
                            one ? "was" : "were");
    }
    text += redundant_text(row.result, width);
    if (text.empty()) return "";
    return fmt::format("  {}: {}\n{}", scenario::discipline_name(row.discipline), judgement(row.result), text);
}

} // namespace drywalk::report
