// SPDX-License-Identifier: MIT
// Verdicts made by hand, for what no short trace brings about.
#pragma once

#include "sim/judge/verdict.hpp"

#include <string>
#include <utility>
#include <vector>

namespace drywalk::judge::test {

/// A read at `va` that a stale entry may lead astray; no instruction cures it.
[[nodiscard]] inline Finding finding_at(std::uint64_t event, std::uint64_t broken_by, std::uint64_t va)
{
    Finding finding;
    finding.event = {event, EventKind::read, 0, "read", "", ""};
    finding.verdict = oracle::Verdict::stale_translation;
    finding.va = va;
    finding.witness = oracle::Witness{};
    finding.witness->broken_by = broken_by;
    finding.tables.fault.value = 4;
    return finding;
}

/// The same, cured by INVLPG on `cpu` after the event that broke it.
[[nodiscard]] inline Finding curable(std::uint64_t event, std::uint64_t broken_by, std::uint64_t va, unsigned cpu = 0)
{
    Finding finding = finding_at(event, broken_by, va);
    finding.cpu = cpu;
    finding.event.cpu = cpu;
    finding.remedy.instruction = oracle::Remedy::Instruction::invlpg;
    finding.remedy.cpu = cpu;
    finding.remedy.linear = x86::LinearAddress::truncate(va);
    finding.remedy.after = broken_by;
    return finding;
}

[[nodiscard]] inline Finding release_at(std::uint64_t event, oracle::Verdict kind, std::vector<oracle::Holder> holders,
                                        unsigned cpu = 0)
{
    Finding finding;
    finding.event = {event, EventKind::release, 0, "release pa=0x5000 bytes=0x1000", "free.c:9", ""};
    finding.verdict = kind;
    finding.cpu = cpu;
    finding.released = ReleasedMemory{0x5000, 0x1000};
    finding.holder_count = holders.size();
    finding.holders = std::move(holders);
    finding.witness = oracle::Witness{};
    return finding;
}

[[nodiscard]] inline TraceVerdict with(std::vector<Finding> violations)
{
    TraceVerdict verdict;
    verdict.file = "t.jsonl";
    verdict.violations.total = violations.size();
    verdict.violations.kept = std::move(violations);
    return verdict;
}

/// Makes an event known that findings cite.
inline void cite(TraceVerdict& verdict, std::uint64_t index, const std::string& src,
                 const std::string& what = "store pa=0x4000 value=0x6067")
{
    verdict.cited[index] = {index, EventKind::store, 0, what, src, ""};
}

[[nodiscard]] inline bool says(const std::string& report, const std::string& part)
{
    return report.find(part) != std::string::npos;
}

} // namespace drywalk::judge::test
