// SPDX-License-Identifier: MIT
#include "sim/judge/verdict.hpp"

#include "sim/trace/fields.hpp"

#include <fmt/format.h>

#include <set>

namespace drywalk::judge {

namespace {

/// True of the second and further bytes of a character in UTF-8. RFC 3629, 3
[[nodiscard]] bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

} // namespace

EventText text_of(std::uint64_t index, const Event& event)
{
    return {index,
            event.kind,
            event.cpu,
            trace::describe(event),
            shortened_source(event.src),
            shortened(event.note),
            std::string{event.stack}};
}

TraceLine line_of(const TraceVerdict& verdict, std::uint64_t event)
{
    if (verdict.lines) return {verdict.file, event + 2};
    const auto found = verdict.places.find(event);
    if (found == verdict.places.end()) return {verdict.file, 0};
    const trace::EventPlace& place = found->second;
    return {place.file < verdict.files.size() ? verdict.files[place.file] : verdict.file, place.line};
}

std::string doubt_about_faults(const TraceVerdict& verdict)
{
    constexpr std::uint64_t enough = 8;
    const std::uint64_t faults = verdict.architectural_faults;
    const bool all = faults == verdict.accesses && faults > 1;
    if (!all && (verdict.accesses < enough || faults <= verdict.accesses / 2)) return {};
    return fmt::format("{} of {} accesses faulted: is CR3 right{}?", faults, verdict.accesses,
                       verdict.from_middle ? ", and were all tables told first" : "");
}

std::string shortened(std::string_view text, std::size_t most)
{
    constexpr std::string_view rest = "...";
    if (text.size() <= most) return std::string{text};
    std::size_t length = most - rest.size();
    while (length > 0 && continues_character(text[length]))
        --length;
    return std::string{text.substr(0, length)}.append(rest);
}

std::string shortened_source(std::string_view src)
{
    constexpr std::string_view rest = "...";
    if (src.size() <= longest_source) return std::string{src};
    std::size_t start = src.size() - (longest_source - rest.size());
    while (start < src.size() && continues_character(src[start]))
        ++start;
    return std::string{rest}.append(src.substr(start));
}

std::vector<std::uint64_t> cited_by(const Finding& finding)
{
    std::vector<std::uint64_t> cited;
    if (finding.witness) cited = {finding.witness->established_by, finding.witness->broken_by};
    if (finding.remedy.after) cited.push_back(*finding.remedy.after);
    if (finding.loaded_by) cited.push_back(*finding.loaded_by);
    return cited;
}

std::vector<std::uint64_t> cited_events(const TraceVerdict& verdict)
{
    std::set<std::uint64_t> cited;
    for (const auto* const findings : {&verdict.violations.kept, &verdict.warnings.kept}) {
        for (const Finding& finding : *findings) {
            const std::vector<std::uint64_t> events = cited_by(finding);
            cited.insert(events.begin(), events.end());
        }
    }
    return {cited.begin(), cited.end()};
}

std::string_view name_of(oracle::Verdict verdict)
{
    switch (verdict) {
    case oracle::Verdict::ok: return "ok";
    case oracle::Verdict::architectural_fault: return "architectural-fault";
    case oracle::Verdict::stale_translation: return "stale-translation";
    case oracle::Verdict::stale_permission: return "stale-permission";
    case oracle::Verdict::stale_memory_type: return "stale-memory-type";
    case oracle::Verdict::lost_dirty: return "lost-dirty";
    case oracle::Verdict::released_in_use: return "released-in-use";
    case oracle::Verdict::released_while_reachable: return "released-while-reachable";
    case oracle::Verdict::spurious_fault: return "spurious-fault";
    case oracle::Verdict::lost_accessed: return "lost-accessed";
    case oracle::Verdict::released_while_parked: return "released-while-parked";
    case oracle::Verdict::pcid_recycled: return "pcid-recycled";
    }
    return "ok";
}

std::string instruction_text(const oracle::Remedy& remedy, unsigned cpus)
{
    using Instruction = oracle::Remedy::Instruction;
    std::string text;
    switch (remedy.instruction) {
    case Instruction::none: return {};
    case Instruction::invlpg: text = fmt::format("invlpg {:#x}", remedy.linear.value()); break;
    case Instruction::mov_cr3: text = fmt::format("mov_cr3 {:#x}", remedy.value); break;
    case Instruction::invpcid:
        text = fmt::format("invpcid type {}", static_cast<unsigned>(remedy.type));
        if (remedy.type <= x86::InvpcidType::single_context) text += fmt::format(" pcid {:#x}", remedy.pcid);
        if (remedy.type == x86::InvpcidType::address) text += fmt::format(" va {:#x}", remedy.linear.value());
        break;
    }
    return cpus > 1 ? fmt::format("{} on cpu {}", text, remedy.cpu) : text;
}

std::string missing_invalidation(const Finding& finding, unsigned cpus)
{
    const std::string instruction = instruction_text(finding.remedy, cpus);
    if (instruction.empty()) return {};
    const std::string after = finding.remedy.after ? fmt::format(" after event {},", *finding.remedy.after) : "";
    return fmt::format("{}{} before event {}", instruction, after, finding.event.index);
}

} // namespace drywalk::judge
