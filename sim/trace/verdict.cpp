// SPDX-License-Identifier: MIT
#include "sim/trace/verdict.hpp"

#include "sim/trace/fields.hpp"

#include <fmt/format.h>

#include <set>

namespace drywalk::trace {

EventText text_of(std::uint64_t index, const Event& event)
{
    return {index, event.kind, event.cpu, describe(event), std::string{event.src}, std::string{event.note}};
}

std::vector<std::uint64_t> cited_events(const TraceVerdict& verdict)
{
    std::set<std::uint64_t> cited;
    for (const auto* const findings : {&verdict.violations.kept, &verdict.warnings.kept}) {
        for (const Finding& finding : *findings) {
            if (finding.witness) cited.insert({finding.witness->established_by, finding.witness->broken_by});
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
    case oracle::Verdict::released_while_reachable: return "released-while-reachable";
    case oracle::Verdict::spurious_fault: return "spurious-fault";
    case oracle::Verdict::lost_accessed: return "lost-accessed";
    }
    return "ok";
}

std::string missing_invalidation(const Finding& finding, unsigned cpus)
{
    if (!finding.witness) return {};
    const oracle::Witness& witness = *finding.witness;
    const std::uint64_t linear = witness.remedy_linear.value();
    const std::string where = fmt::format("after event {}{}", witness.broken_by,
                                          cpus > 1 ? fmt::format(" on cpu {}", finding.cpu) : std::string{});
    switch (witness.remedy) {
    case oracle::Remedy::invlpg: return fmt::format("invlpg {:#x} {}", linear, where);
    case oracle::Remedy::invlpg_each:
        return fmt::format("invlpg of each page below the changed entry, from {:#x}, {}", linear, where);
    case oracle::Remedy::invpcid_context:
        return fmt::format("invpcid of context {:#x} (type 1) {}", witness.pcid, where);
    }
    return {};
}

} // namespace drywalk::trace
