// SPDX-License-Identifier: MIT
#include "sim/report/boot_report.hpp"

#include "sim/input/complaint.hpp"
#include "sim/output/text_table.hpp"
#include "sim/report/text_report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace drywalk::report {

namespace {

using boot::MachineStatus;
using boot::Target;
using study::Confirmation;

std::string outcome(const Confirmation& confirmation)
{
    switch (confirmation.status) {
    case MachineStatus::completed: break;
    case MachineStatus::missing_tool: return "not run: a tool is missing";
    case MachineStatus::unusable: return "not run: unusable here";
    case MachineStatus::timed_out: return "timed out";
    case MachineStatus::failed: return "failed";
    }
    const boot::Comparison& comparison = confirmation.comparison;
    if (!comparison.agrees()) return "DIFFERENT";
    if (comparison.predicted_stale_not_seen != 0) return "equal, but for stale uses not seen";
    return comparison.predicted_stale_seen != 0 ? "equal, hazard confirmed" : "equal";
}

const char* what_it_is_evidence_for(Target target)
{
    switch (target) {
    case Target::qemu:
        return "qemu: TCG flushes everything at each MOV CR3. This machine cannot show stale global entries; what it "
               "agrees on is function, and it says nothing about a discipline.";
    case Target::bochs:
        return "bochs: global entries survive MOV CR3 here, so a predicted stale use is either seen or refutes the "
               "prediction. Bochs never speculates and has no paging-structure caches.";
    case Target::kvm:
        return "kvm: the host's own processor. What it keeps and evicts is its own business: a predicted stale use "
               "may be seen or not.";
    }
    return "";
}

std::string details(const Confirmation& confirmation)
{
    const std::string where =
        fmt::format("{} on {}: ", scenario::discipline_name(confirmation.discipline), target_name(confirmation.target));
    if (confirmation.status != MachineStatus::completed) return where + confirmation.message + "\n";
    if (confirmation.comparison.agrees()) return "";
    return where + "first difference\n" + confirmation.comparison.difference;
}

const char* status_name(MachineStatus status)
{
    switch (status) {
    case MachineStatus::completed: return "completed";
    case MachineStatus::missing_tool: return "missing_tool";
    case MachineStatus::unusable: return "unusable";
    case MachineStatus::timed_out: return "timed_out";
    case MachineStatus::failed: return "failed";
    }
    return "";
}

output::MadeBy made_by(const scenario::Scenario& scenario, const output::MadeBy& program)
{
    output::MadeBy result = program;
    result.seed = scenario.seed;
    result.workload = workload_text(scenario.workload);
    return result;
}

/// The machine is a real one, or an emulator, whatever the scenario names.
std::string not_used(const scenario::Scenario& scenario)
{
    std::string text = fmt::format("not used here: the scenario's machine {}", scenario.machine);
    if (!scenario.machine_overrides.empty()) text += ", its overrides";
    if (scenario.nested_page_size) text += ", its host";
    return text;
}

} // namespace

std::string boot_text(const scenario::Scenario& scenario, const std::vector<Confirmation>& confirmations,
                      const output::MadeBy& program, output::PageWidth width)
{
    std::string text = output::wrapped(scenario.name + ": " + scenario.summary, width, 0, 2);
    text += fmt::format("predicted with the TLB of {}; without stale entries as {}\n", study::predicting_machine,
                        study::reference_machine);
    text += output::wrapped(not_used(scenario), width, 0, 2);
    text += made_by_text(made_by(scenario, program), width) + "\n";
    output::TextTable table{
        {"discipline", "machine", "outcome", "different", "compared", "equal", "stale, seen", "stale, not seen"}, 2};
    table.align_left(2);
    for (const Confirmation& each : confirmations) {
        const boot::Comparison& counts = each.comparison;
        table.add({scenario::discipline_name(each.discipline), target_name(each.target), outcome(each),
                   std::to_string(counts.different), std::to_string(counts.compared), std::to_string(counts.equal),
                   std::to_string(counts.predicted_stale_seen), std::to_string(counts.predicted_stale_not_seen)});
    }
    text += table.text(2, width) + "\n";
    for (const Target target : {Target::bochs, Target::qemu, Target::kvm}) {
        if (std::ranges::find(confirmations, target, &Confirmation::target) == confirmations.end()) continue;
        text += output::wrapped(what_it_is_evidence_for(target), width, 2, 4);
    }
    for (const Confirmation& each : confirmations) {
        if (const std::string more = details(each); !more.empty()) text += "\n" + more;
    }
    return text;
}

std::string boot_json(const scenario::Scenario& scenario, const std::vector<Confirmation>& confirmations,
                      const output::MadeBy& program)
{
    nlohmann::ordered_json document;
    document["drywalk_boot"] = 1;
    document["made_by"] = made_by_json(made_by(scenario, program));
    document["scenario"] = scenario.name;
    document["predicted_with"] = study::predicting_machine;
    document["runs"] = nlohmann::ordered_json::array();
    for (const Confirmation& each : confirmations) {
        const boot::Comparison& counts = each.comparison;
        nlohmann::ordered_json run{{"discipline", scenario::discipline_name(each.discipline)},
                                   {"machine", target_name(each.target)},
                                   {"status", status_name(each.status)}};
        if (each.status == MachineStatus::completed) {
            run["compared"] = counts.compared;
            run["equal"] = counts.equal;
            run["predicted_stale_seen"] = counts.predicted_stale_seen;
            run["predicted_stale_not_seen"] = counts.predicted_stale_not_seen;
            run["different"] = counts.different;
            run["agrees"] = counts.agrees();
        } else {
            run["message"] = each.message;
        }
        document["runs"].push_back(std::move(run));
    }
    return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace drywalk::report
