// SPDX-License-Identifier: MIT
#include "sim/judge/wording.hpp"

#include "sim/input/complaint.hpp"

#include <fmt/format.h>

namespace drywalk::judge {

namespace {

[[nodiscard]] std::string_view size_text(x86::PageSize size)
{
    switch (size) {
    case x86::PageSize::size_4k: return "4 KiB page";
    case x86::PageSize::size_2m: return "2 MiB page";
    case x86::PageSize::size_1g: return "1 GiB page";
    }
    return "";
}

} // namespace

std::string_view consequence(oracle::Verdict verdict)
{
    switch (verdict) {
    case oracle::Verdict::stale_translation: return "may reach memory that the page tables do not map there";
    case oracle::Verdict::stale_permission: return "may succeed although the page tables forbid it";
    case oracle::Verdict::stale_memory_type: return "may use another memory type than the page tables say";
    case oracle::Verdict::lost_dirty: return "may leave D clear in the page table, as if nothing had been written";
    case oracle::Verdict::released_in_use: return "frees memory that a processor still walks as a page table";
    case oracle::Verdict::released_while_reachable: return "frees memory to which a stale entry may still lead";
    case oracle::Verdict::released_while_parked:
        return "frees memory to which a stale entry of a PCID that is not loaded may still lead";
    case oracle::Verdict::pcid_recycled: return "gives a PCID another root and keeps what is cached of the old one";
    case oracle::Verdict::spurious_fault:
        return "may fault although the page tables allow it (harmless where the handler looks and retries)";
    case oracle::Verdict::lost_accessed: return "may leave A clear in the page table, as if nothing had been accessed";
    case oracle::Verdict::ok:
    case oracle::Verdict::architectural_fault: break;
    }
    return "does what the page tables say";
}

std::string translation_text(const x86::Translation& translation, std::uint64_t va, oracle::Verdict verdict)
{
    const x86::Rights& rights = translation.rights;
    std::string text =
        fmt::format("pa {:#x}, {}, {}, {}, {}{}", translation.physical(x86::LinearAddress::truncate(va)).value(),
                    size_text(translation.size), rights.writable ? "writable" : "read-only",
                    rights.executable ? "executable" : "no-execute", rights.user ? "user" : "supervisor",
                    translation.global ? ", global" : "");
    if (verdict == oracle::Verdict::stale_memory_type) text += fmt::format(", PAT entry {}", translation.pat_index);
    const bool has_key = translation.key != x86::no_key;
    if (verdict == oracle::Verdict::stale_permission && has_key) text += fmt::format(", key {}", translation.key);
    if (verdict == oracle::Verdict::lost_dirty) text += translation.dirty ? ", D=1" : ", D=0";
    return text;
}

std::string fault_text(x86::PageFaultCode code)
{
    using Code = x86::PageFaultCode;
    const auto has = [code](std::uint32_t bit) { return (code.value & bit) != 0; };
    const std::string_view cause = has(Code::reserved)  ? "reserved bit"
                                   : has(Code::present) ? "forbidden"
                                                        : "not present";
    const std::string_view kind = has(Code::fetch) ? "fetch" : has(Code::write) ? "write" : "read";
    return fmt::format("page fault, error code {:#x} ({}, {} {})", code.value, cause,
                       has(Code::user) ? "user" : "supervisor", kind);
}

std::string used_text(const Finding& finding)
{
    if (!finding.witness) return "unknown";
    const oracle::Witness& witness = *finding.witness;
    std::string text = "a page fault";
    if (witness.used) text = translation_text(*witness.used, finding.va, finding.verdict);
    if (finding.released && !witness.used) text = "a page table in this memory";
    if (witness.from_structure) text += "; through a paging-structure-cache entry";
    if (witness.pcid != 0) text += fmt::format("; PCID {:#x}", witness.pcid);
    return text;
}

std::string tables_text(const Finding& finding)
{
    if (finding.tables.translation) return translation_text(*finding.tables.translation, finding.va, finding.verdict);
    return fault_text(finding.tables.fault);
}

std::string event_text(const TraceVerdict& verdict, const EventText& event)
{
    std::string text = fmt::format("event {}", event.index);
    if (!event.what.empty()) text += ": " + event.what;
    if (verdict.cpus > 1) text += fmt::format(" on cpu {}", event.cpu);
    if (!event.src.empty()) text += fmt::format(" ({})", one_line(event.src));
    if (!event.note.empty()) text += fmt::format(" \"{}\"", one_line(event.note));
    return text;
}

std::string cited_text(const TraceVerdict& verdict, std::uint64_t index)
{
    const auto found = verdict.cited.find(index);
    return found == verdict.cited.end() ? fmt::format("event {}", index) : event_text(verdict, found->second);
}

bool has_broken(const Finding& finding)
{
    return finding.witness && (finding.verdict != oracle::Verdict::released_in_use || finding.remedy.after);
}

std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural)
{
    return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

std::string extent_of(const Group& group)
{
    std::string text = counted(group.findings.size(), "finding", "findings");
    if (group.pages > 1) text += ", " + counted(group.pages, "page", "pages");
    if (group.cpus.size() > 1) text += ", " + counted(group.cpus.size(), "processor", "processors");
    return text;
}

std::string_view name_of(oracle::Holder::Role role)
{
    using Role = oracle::Holder::Role;
    switch (role) {
    case Role::translation: return "translation";
    case Role::structure: return "structure";
    case Role::root: return "root";
    case Role::table: return "table";
    }
    return "";
}

std::string holder_text(const oracle::Holder& holder)
{
    using Role = oracle::Holder::Role;
    const std::string pcid = holder.pcid == 0 ? "" : fmt::format(" of PCID {:#x}", holder.pcid);
    if (holder.role == Role::root) return fmt::format("CR3 itself{}", pcid);
    const std::string_view what = holder.role == Role::translation ? "TLB entry"
                                  : holder.role == Role::structure ? "paging-structure-cache entry"
                                                                   : "page table";
    return fmt::format("va {:#x}, {}{}", holder.linear.value(), what, pcid);
}

} // namespace drywalk::judge
