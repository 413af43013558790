// SPDX-License-Identifier: MIT
#include "models/x86/vendor_names.hpp"
#include "sim/judge/advice.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/wording.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace drywalk::judge {

namespace {

using nlohmann::ordered_json;
using oracle::Remedy;

constexpr std::size_t most_missing = 64;                          ///< of a group
constexpr std::size_t most_bytes = std::size_t{32} * 1024 * 1024; ///< of one list of one run
constexpr ordered_json::error_handler_t on_error = ordered_json::error_handler_t::replace;

[[nodiscard]] std::string hexadecimal(std::uint64_t value) { return fmt::format("{:#x}", value); }

[[nodiscard]] ordered_json translation_json(const x86::Translation& translation, std::uint64_t va)
{
    ordered_json object{{"pa", hexadecimal(translation.physical(x86::LinearAddress::truncate(va)).value())},
                        {"writable", translation.rights.writable},
                        {"user", translation.rights.user},
                        {"executable", translation.rights.executable},
                        {"global", translation.global},
                        {"page_size", page_bytes(translation.size)},
                        {"dirty", translation.dirty},
                        {"pat_index", translation.pat_index}};
    if (translation.key != x86::no_key) object["key"] = translation.key;
    return object;
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

[[nodiscard]] std::string_view disposition_name(Disposition disposition)
{
    switch (disposition) {
    case Disposition::fresh: return "new";
    case Disposition::known: return "known";
    case Disposition::accepted: return "accepted";
    }
    return "";
}

/// The operands that the instruction reads.
void add_operands(ordered_json& object, const Remedy& remedy)
{
    if (remedy.instruction == Remedy::Instruction::invlpg) object["va"] = hexadecimal(page_of(remedy));
    if (remedy.instruction == Remedy::Instruction::mov_cr3) object["value"] = hexadecimal(remedy.value);
    if (remedy.instruction != Remedy::Instruction::invpcid) return;
    object["type"] = static_cast<unsigned>(remedy.type);
    if (remedy.type <= x86::InvpcidType::single_context) object["pcid"] = remedy.pcid;
    if (remedy.type == x86::InvpcidType::address) object["va"] = hexadecimal(page_of(remedy));
}

[[nodiscard]] std::string_view operation_name(Remedy::Instruction instruction)
{
    switch (instruction) {
    case Remedy::Instruction::none: break;
    case Remedy::Instruction::invlpg: return "invlpg";
    case Remedy::Instruction::invpcid: return "invpcid";
    case Remedy::Instruction::mov_cr3: return "mov_cr3";
    }
    return "";
}

/// The first of `items` that fit into most_bytes.
template <typename Items, typename ToJson>
[[nodiscard]] ordered_json bounded_list(const Items& items, const ToJson& to_json)
{
    ordered_json list = ordered_json::array();
    std::size_t bytes = 0;
    for (const auto& item : items) {
        ordered_json object = to_json(item);
        bytes += object.dump(2, ' ', false, on_error).size();
        if (bytes > most_bytes) break;
        list.push_back(std::move(object));
    }
    return list;
}

/// One run as an object.
class Run {
public:
    explicit Run(const CheckedRun& run) : run_{run}, verdict_{run.verdict}
    {
        for (std::size_t number = 0; number < run.groups.size(); ++number) {
            for (const Finding* finding : run.groups[number].findings)
                group_of_.emplace(finding, number);
        }
    }

    [[nodiscard]] ordered_json write() const
    {
        const ordered_json redundant = bounded_list(verdict_.redundant_invalidations.kept, redundant_json);
        ordered_json object{{"verdict", run_.outcome()},
                            {"events", verdict_.events},
                            {"accesses", verdict_.accesses},
                            {"architectural_faults", verdict_.architectural_faults},
                            {"violations", findings_json(verdict_.violations.kept)},
                            {"warnings", findings_json(verdict_.warnings.kept)},
                            {"groups", groups_json()},
                            {"groups_total", run_.groups.size()},
                            {"redundant_invalidations", redundant},
                            {"violations_total", verdict_.violations.total},
                            {"warnings_total", verdict_.warnings.total},
                            {"redundant_invalidations_total", verdict_.redundant_invalidations.total}};
        if (const auto cycles = redundant_cycles()) object["redundant_cycles"] = *cycles;
        object["known"] = run_.count(true, Disposition::known) + run_.count(false, Disposition::known);
        object["accepted"] = run_.count(true, Disposition::accepted) + run_.count(false, Disposition::accepted);
        object["file"] = verdict_.file;
        object["vendor"] = x86::name_of(verdict_.vendor);
        if (!verdict_.last_mark.empty()) object["last_mark"] = verdict_.last_mark;
        return object;
    }

private:
    /// The source line of an event that findings refer to; null if it has none.
    [[nodiscard]] ordered_json source_json(std::uint64_t index) const
    {
        const auto found = verdict_.cited.find(index);
        if (found == verdict_.cited.end() || found->second.src.empty()) return nullptr;
        return found->second.src;
    }

    [[nodiscard]] ordered_json missing_json(const Missing& missing, const Finding& before) const
    {
        const Remedy& remedy = missing.remedy;
        ordered_json object{{"op", operation_name(remedy.instruction)}};
        add_operands(object, remedy);
        object["cpu"] = remedy.cpu;
        object["after"] = remedy.after ? ordered_json(*remedy.after) : ordered_json{};
        object["before"] = missing.before;
        if (remedy.after) {
            if (const ordered_json src = source_json(*remedy.after); !src.is_null()) object["after_src"] = src;
        }
        if (!before.event.src.empty()) object["before_src"] = before.event.src;
        return object;
    }

    [[nodiscard]] ordered_json missing_json(const Finding& finding) const
    {
        if (finding.remedy.instruction == Remedy::Instruction::none) return nullptr;
        return missing_json({finding.remedy, finding.event.index, 1}, finding);
    }

    [[nodiscard]] ordered_json cited_json(std::uint64_t index) const
    {
        const auto found = verdict_.cited.find(index);
        if (found == verdict_.cited.end()) return nullptr;
        const EventText& event = found->second;
        ordered_json object{{"event", event.index}, {"cpu", event.cpu}, {"text", event.what}};
        add_origin(object, event);
        return object;
    }

    void add_witness(ordered_json& object, const Finding& finding) const
    {
        const oracle::Witness& witness = *finding.witness;
        object["used"] = witness.used ? translation_json(*witness.used, finding.va) : ordered_json{};
        if (!finding.released) object["tables"] = tables_json(finding);
        object["established_by"] = witness.established_by;
        object["broken_by"] = has_broken(finding) ? ordered_json(witness.broken_by) : ordered_json{};
        object["pcid"] = witness.pcid;
        object["through_paging_structure_cache"] = witness.from_structure;
        object["established"] = cited_json(witness.established_by);
        object["broken"] = has_broken(finding) ? cited_json(witness.broken_by) : ordered_json{};
    }

    static void add_release(ordered_json& object, const Finding& finding)
    {
        object["pa"] = hexadecimal(finding.released->pa);
        object["bytes"] = finding.released->bytes;
        ordered_json holders = ordered_json::array();
        for (const oracle::Holder& holder : finding.holders) {
            holders.push_back({{"cpu", finding.cpu},
                               {"pcid", holder.pcid},
                               {"va", hexadecimal(holder.linear.value())},
                               {"role", name_of(holder.role)}});
        }
        object["holders"] = holders;
        object["holders_total"] = finding.holder_count;
    }

    [[nodiscard]] ordered_json finding_json(const Finding& finding) const
    {
        ordered_json object{{"event", finding.event.index},
                            {"kind", name_of(finding.verdict)},
                            {"va", hexadecimal(finding.va)},
                            {"cpu", finding.cpu},
                            {"group", group_of_.at(&finding)}};
        if (finding.witness) add_witness(object, finding);
        object["missing"] = missing_json(finding);
        object["advice"] = advice_of(verdict_, finding);
        if (finding.released) add_release(object, finding);
        if (finding.loaded_by) object["loaded_by"] = *finding.loaded_by;
        object["text"] = finding.event.what;
        if (!finding.mark.empty()) object["mark"] = finding.mark;
        add_origin(object, finding.event);
        return object;
    }

    [[nodiscard]] ordered_json findings_json(const std::vector<Finding>& findings) const
    {
        return bounded_list(findings, [this](const Finding& finding) { return finding_json(finding); });
    }

    [[nodiscard]] ordered_json missing_of_group_json(const Group& group) const
    {
        ordered_json list = ordered_json::array();
        std::map<std::uint64_t, const Finding*> by_event;
        for (const Finding* finding : group.findings)
            by_event.emplace(finding->event.index, finding);
        for (std::size_t index = 0; index < std::min(group.missing.size(), most_missing); ++index)
            list.push_back(missing_json(group.missing[index], *by_event.at(group.missing[index].before)));
        return list;
    }

    [[nodiscard]] ordered_json group_json(const Group& group) const
    {
        ordered_json object{{"kind", name_of(group.verdict)},
                            {"level", group.is_violation ? "violation" : "warning"},
                            {"place", shown(group.place)},
                            {"findings", group.findings.size()},
                            {"pages", group.pages},
                            {"cpus", group.cpus},
                            {"first_event", group.first().event.index},
                            {"last_event", group.last().event.index},
                            {"missing", missing_of_group_json(group)},
                            {"missing_total", group.missing.size()},
                            {"without_single_instruction", group.incurable},
                            {"advice", advice_of(verdict_, group)},
                            {"fingerprint", group.fingerprint},
                            {"status", disposition_name(group.disposition)}};
        if (!group.reason.empty()) object["reason"] = group.reason;
        return object;
    }

    [[nodiscard]] ordered_json groups_json() const
    {
        return bounded_list(run_.groups, [this](const Group& group) { return group_json(group); });
    }

    [[nodiscard]] static ordered_json redundant_json(const RedundantInvalidation& redundant)
    {
        ordered_json object{
            {"event", redundant.event.index}, {"cpu", redundant.event.cpu}, {"text", redundant.event.what}};
        if (redundant.cycles) object["cycles"] = *redundant.cycles;
        add_origin(object, redundant.event);
        return object;
    }

    [[nodiscard]] std::optional<std::uint64_t> redundant_cycles() const
    {
        std::optional<std::uint64_t> sum;
        for (const RedundantGroup& group : run_.redundant) {
            if (group.cycles) sum = sum.value_or(0) + *group.cycles;
        }
        return sum;
    }

    const CheckedRun& run_;
    const TraceVerdict& verdict_;
    std::map<const Finding*, std::size_t> group_of_;
};

[[nodiscard]] ordered_json stale_json(const Report& report)
{
    ordered_json list = ordered_json::array();
    for (const BaselineEntry& entry : report.stale) {
        ordered_json object{{"fingerprint", entry.fingerprint}, {"kind", entry.kind}, {"place", entry.place}};
        if (!entry.discipline.empty()) object["discipline"] = entry.discipline;
        list.push_back(std::move(object));
    }
    return list;
}

[[nodiscard]] ordered_json scenario_json(const Report& report)
{
    std::uint64_t violations = 0;
    std::uint64_t warnings = 0;
    std::uint64_t fresh = 0;
    ordered_json runs = ordered_json::array();
    for (const CheckedRun& run : report.runs) {
        violations += run.verdict.violations.total;
        warnings += run.verdict.warnings.total;
        fresh += run.fresh(true);
        ordered_json object{{"discipline", run.discipline}};
        object.update(Run{run}.write());
        runs.push_back(std::move(object));
    }
    return {{"scenario", report.scenario},
            {"verdict", violations == 0 ? "clean"
                        : fresh == 0    ? "nothing new"
                                        : "violations"},
            {"violations_total", violations},
            {"warnings_total", warnings},
            {"runs", runs}};
}

} // namespace

std::string json_report(const Report& report)
{
    const bool of_trace = report.scenario.empty() && report.runs.size() == 1;
    ordered_json document = of_trace ? Run{report.runs.front()}.write() : scenario_json(report);
    if (!report.machine.empty()) document["machine"] = report.machine;
    if (!report.made_by.version.empty()) document["made_by"] = made_by_json(report.made_by);
    if (!report.baseline_file.empty()) {
        document["baseline"] = {{"file", report.baseline_file}, {"no_longer_found", stale_json(report)}};
    }
    return document.dump(2, ' ', false, on_error) + "\n";
}

} // namespace drywalk::judge
