// SPDX-License-Identifier: MIT
// What the judge found, for people.
#include "sim/judge/verdict.hpp"
#include "sim/report/text_report.hpp"

#include <fmt/format.h>

namespace drywalk::report {

namespace {

using platform::JudgedAccess;
using platform::shown;

std::string shown(const std::optional<x86::Translation>& translation, x86::LinearAddress linear,
                  x86::PageFaultCode fault)
{
    if (!translation) return fmt::format("a page fault, error code {:#x}", fault.value);
    return fmt::format("physical {:#x} ({}{}{}{})", translation->physical(linear).value(),
                       translation->rights.writable ? "writable" : "read-only",
                       translation->rights.user ? ", user" : ", supervisor",
                       translation->rights.executable ? ", executable" : "", translation->global ? ", global" : "");
}

const char* shown(x86::AccessKind kind)
{
    switch (kind) {
    case x86::AccessKind::read: return "read";
    case x86::AccessKind::write: return "write";
    case x86::AccessKind::fetch: return "fetch";
    }
    return "";
}

/// What may go wrong, and where.
std::string describe_access(const JudgedAccess& judged)
{
    std::string text = fmt::format("    event {}: {} of {:#x} by {}: {}\n", judged.event, shown(judged.access.kind),
                                   judged.linear.value(), judged.access.user ? "ring 3" : "the kernel",
                                   judge::name_of(judged.verdict));
    text += fmt::format("      may use    {}\n", shown(judged.witness.used, judged.linear, {}));
    text += fmt::format("      tables say {}\n", shown(judged.tables.translation, judged.linear, judged.tables.fault));
    return text;
}

/// Which memory was given away, and what still leads there.
std::string describe_release(const JudgedAccess& judged)
{
    const auto& used = judged.witness.used;
    return fmt::format("    event {}: release of page {:#x} ({}): {}\n"
                       "      stale entry {:#x} -> {}\n",
                       judged.event, judged.released.value(), shown(judged.at), judge::name_of(judged.verdict),
                       judged.linear.value(), used ? shown(used, judged.linear, {}) : "a page table in this memory");
}

std::string describe_recycling(const JudgedAccess& judged)
{
    return fmt::format("    event {}: MOV CR3 ({}): {}\n"
                       "      PCID {:#x} gets another root and keeps what is cached of the old one\n",
                       judged.event, shown(judged.at), judge::name_of(judged.verdict), judged.witness.pcid);
}

std::string describe_finding(const JudgedAccess& judged)
{
    if (judged.is_release()) return describe_release(judged);
    return judged.verdict == oracle::Verdict::pcid_recycled ? describe_recycling(judged) : describe_access(judged);
}

std::string describe(const JudgedAccess& judged)
{
    const oracle::Witness& witness = judged.witness;
    std::string text = describe_finding(judged);
    text += fmt::format("      established by event {} ({}), broken by event {} ({})\n", witness.established_by,
                        shown(judged.established_at), witness.broken_by, shown(judged.broken_at));
    const std::string instruction = judge::instruction_text(judged.remedy, 1);
    if (!instruction.empty() && judged.remedy.after) {
        text += fmt::format("      would have sufficed: {} after event {}\n", instruction, *judged.remedy.after);
    }
    return text;
}

std::string violations_text(const platform::JudgeSummary& judge)
{
    const auto count = [&](oracle::Verdict verdict) { return judge.verdicts[static_cast<unsigned>(verdict)]; };
    const std::uint64_t reachable = count(oracle::Verdict::released_while_reachable);
    const std::uint64_t in_use = count(oracle::Verdict::released_in_use);
    const std::uint64_t accesses = judge.violations() - reachable - in_use;
    std::vector<std::string> parts;
    if (accesses != 0) parts.push_back(fmt::format("{} accesses may go wrong", accesses));
    if (reachable != 0) {
        parts.push_back(fmt::format("{} pages were released while a stale entry may lead there", reachable));
    }
    if (in_use != 0) parts.push_back(fmt::format("{} pages were released that the processor walks as tables", in_use));
    return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace

std::string judgement(const platform::RunResult& result)
{
    if (!result.judge) return "not judged";
    if (result.judge->violations() != 0) return "VIOLATION: " + violations_text(*result.judge);
    const std::uint64_t warnings = result.judge->warnings();
    return warnings == 0 ? "clean" : fmt::format("clean, {} warnings", warnings);
}

std::string judge_text(const study::Row& row)
{
    if (!row.result.judge) return "";
    const platform::JudgeSummary& judge = *row.result.judge;
    std::string text;
    for (const JudgedAccess& judged : judge.judged)
        text += describe(judged);
    if (judge.release_replayed) {
        text += "    a release cannot be replayed by itself: it makes no access that could go wrong. --tlb adversarial "
                "lets\n"
                "    every later access go wrong that still reaches the memory\n";
    }
    if (judge.overridden != 0) text += fmt::format("    {} accesses were made to go wrong\n", judge.overridden);
    for (const platform::RedundantInvalidation& redundant : judge.redundant_invalidations) {
        const auto category = redundant.is_invlpg ? machine::MmuCategory::invlpg : machine::MmuCategory::mov_cr4;
        const machine::Ledger::Line all = row.result.ledger[category];
        const std::uint64_t cycles = all.count == 0 ? 0 : redundant.count * (all.cycles / all.count);
        text += fmt::format("    redundant: {} times {} at {} removed nothing that mattered ({} cycles), the first at "
                            "event {}\n",
                            redundant.count, redundant.is_invlpg ? "INVLPG" : "MOV CR4", shown(redundant.at), cycles,
                            redundant.first_event);
    }
    if (text.empty()) return "";
    return fmt::format("  {}: {}\n{}", scenario::discipline_name(row.discipline), judgement(row.result), text);
}

} // namespace drywalk::report
