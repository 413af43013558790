// SPDX-License-Identifier: MIT
#include "sim/judge/report.hpp"
#include "sim/trace/fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace drywalk::judge {

namespace {

using nlohmann::ordered_json;

[[nodiscard]] std::string hexadecimal(std::uint64_t value) { return fmt::format("{:#x}", value); }

[[nodiscard]] ordered_json translation_json(const x86::Translation& translation, std::uint64_t va)
{
    return {{"pa", hexadecimal(translation.physical(x86::LinearAddress::truncate(va)).value())},
            {"writable", translation.rights.writable},
            {"user", translation.rights.user},
            {"executable", translation.rights.executable},
            {"global", translation.global},
            {"page_size", page_bytes(translation.size)},
            {"dirty", translation.dirty},
            {"pat_index", translation.pat_index}};
}

[[nodiscard]] ordered_json tables_json(const Finding& finding)
{
    if (finding.tables.translation) return translation_json(*finding.tables.translation, finding.va);
    return {{"fault", finding.tables.fault.value}};
}

[[nodiscard]] ordered_json frames_json(std::string_view stack)
{
    ordered_json frames = ordered_json::array();
    for (std::size_t at = 0; at <= stack.size();) {
        const std::size_t end = std::min(stack.find('\n', at), stack.size());
        frames.push_back(stack.substr(at, end - at));
        at = end + 1;
    }
    return frames;
}

void add_origin(ordered_json& object, const EventText& event)
{
    if (!event.src.empty()) object["src"] = event.src;
    if (!event.stack.empty()) object["stack"] = frames_json(event.stack);
    if (!event.note.empty()) object["note"] = event.note;
}

[[nodiscard]] ordered_json cited_json(const TraceVerdict& verdict, std::uint64_t index)
{
    const auto found = verdict.cited.find(index);
    if (found == verdict.cited.end()) return nullptr;
    const EventText& event = found->second;
    ordered_json object{{"event", event.index}, {"cpu", event.cpu}, {"text", event.what}};
    add_origin(object, event);
    return object;
}

void add_witness(ordered_json& object, const TraceVerdict& verdict, const Finding& finding)
{
    const oracle::Witness& witness = *finding.witness;
    object["used"] = witness.used ? translation_json(*witness.used, finding.va) : ordered_json{};
    if (!finding.released) object["tables"] = tables_json(finding);
    object["established_by"] = witness.established_by;
    object["broken_by"] = witness.broken_by;
    object["missing"] = missing_invalidation(finding, verdict.cpus);
    object["pcid"] = witness.pcid;
    object["through_paging_structure_cache"] = witness.from_structure;
    object["established"] = cited_json(verdict, witness.established_by);
    object["broken"] = cited_json(verdict, witness.broken_by);
}

[[nodiscard]] ordered_json finding_json(const TraceVerdict& verdict, const Finding& finding)
{
    ordered_json object{{"event", finding.event.index},
                        {"kind", name_of(finding.verdict)},
                        {"va", hexadecimal(finding.va)},
                        {"cpu", finding.cpu}};
    if (finding.witness) add_witness(object, verdict, finding);
    if (finding.released) {
        object["pa"] = hexadecimal(finding.released->pa);
        object["bytes"] = finding.released->bytes;
    }
    object["text"] = finding.event.what;
    if (!finding.mark.empty()) object["mark"] = finding.mark;
    add_origin(object, finding.event);
    return object;
}

[[nodiscard]] ordered_json redundant_json(const RedundantInvalidation& redundant)
{
    ordered_json object{{"event", redundant.event.index}, {"cpu", redundant.event.cpu}, {"text", redundant.event.what}};
    if (redundant.cycles) object["cycles"] = *redundant.cycles;
    add_origin(object, redundant.event);
    return object;
}

[[nodiscard]] ordered_json findings_json(const TraceVerdict& verdict, const std::vector<Finding>& findings)
{
    ordered_json list = ordered_json::array();
    for (const Finding& finding : findings)
        list.push_back(finding_json(verdict, finding));
    return list;
}

} // namespace

std::string json_report(const TraceVerdict& verdict)
{
    ordered_json redundant = ordered_json::array();
    for (const RedundantInvalidation& one : verdict.redundant_invalidations.kept)
        redundant.push_back(redundant_json(one));
    const ordered_json document{{"verdict", outcome_of(verdict)},
                                {"events", verdict.events},
                                {"accesses", verdict.accesses},
                                {"architectural_faults", verdict.architectural_faults},
                                {"violations", findings_json(verdict, verdict.violations.kept)},
                                {"warnings", findings_json(verdict, verdict.warnings.kept)},
                                {"redundant_invalidations", redundant},
                                {"violations_total", verdict.violations.total},
                                {"warnings_total", verdict.warnings.total},
                                {"redundant_invalidations_total", verdict.redundant_invalidations.total},
                                {"file", verdict.file},
                                {"vendor", trace::name_of(verdict.vendor)}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace drywalk::judge
