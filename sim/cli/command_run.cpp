// SPDX-License-Identifier: MIT
// drywalk run
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/made_by.hpp"
#include "sim/input/complaint.hpp"
#include "sim/input/input_error.hpp"
#include "sim/input/json_pointer.hpp"
#include "sim/input/schema_violation.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/output/standard_output.hpp"
#include "sim/report/json_report.hpp"
#include "sim/report/text_report.hpp"
#include "sim/study/kernel_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

/// As in scenarios: what every JSON reader keeps exact.
constexpr std::uint64_t most_seed = (std::uint64_t{1} << 53) - 1;
constexpr std::uint64_t most_event = std::numeric_limits<std::uint64_t>::max();

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options() //
        ("machine", po::value<std::string>(),
         "run on this profile (a name or a FILE.json) instead of the scenario's; see drywalk machines") //
        ("set", texts(),
         "POINTER=VALUE: another value for a number, name or flag of the profile; any number of times") //
        ("seed", number(0, most_seed), "of every random choice, instead of the scenario's")             //
        ("discipline", discipline_values(),
         "run only this discipline; may be given several times") //
        ("no-sweep", "leave the scenario's sweep out")           //
        ("nested", host_page_size_value(),
         "run the kernel as a guest whose host maps pages of this size: 4k, 2m or 1g")      //
        ("no-fast-path", "simulate without hints and short cuts: slower, the same results") //
        ("oracle", choice({"on", "off"})->default_value("on"),
         "on: also judge every access against every TLB that the architecture permits; off: do not") //
        ("vendor", vendor_value()->default_value("portable"),
         "whose promises the judge counts: intel, amd, amd-tce, or portable (what both promise)") //
        ("tlb", choice({"concrete", "adversarial"})->default_value("concrete"),
         "adversarial: wherever some permitted TLB lets an access go wrong, it does") //
        ("replay-witness", number(0, most_event),
         "let only the access of this event go wrong; an event number of the judge's report")               //
        ("format", format_value(), "text for people, json for tools")                                       //
        ("out", po::value<std::string>(), "also write NAME.result.txt and NAME.result.json to this folder") //
        ("trace-out", po::value<std::string>(),
         "write every event to this file in the format of drywalk check, compressed if it ends in .zst; needs one "
         "--discipline") //
        ("vcd", po::value<std::string>(),
         "trace the run to this VCD file, one nanosecond a core cycle; needs one --discipline");
    return options;
}

std::optional<platform::JudgeOptions> judge_options(const Options& options)
{
    if (options.get<std::string>("oracle") == "off") {
        refuse_given(options, {"vendor", "tlb", "replay-witness"}, "--oracle off judges nothing (legal: without it)");
        return std::nullopt;
    }
    platform::JudgeOptions judge{parse_vendor(options.get<std::string>("vendor")), platform::Adversary::none, 0};
    if (options.get<std::string>("tlb") == "adversarial") judge.adversary = platform::Adversary::wherever;
    if (options.has("replay-witness")) {
        refuse_given(options, {"tlb"}, "--replay-witness lets one access go wrong (legal: one of the two)");
        judge.adversary = platform::Adversary::one_event;
        judge.event = options.get<std::uint64_t>("replay-witness");
    }
    return judge;
}

study::StudyOptions study_options(const Options& options)
{
    study::StudyOptions result;
    result.disciplines = parse_disciplines(options);
    result.with_sweep = !options.has("no-sweep");
    result.fast_path = !options.has("no-fast-path");
    result.judge = judge_options(options);
    if (!options.has("vcd") && !options.has("trace-out")) return result;
    if (result.disciplines.size() != 1) {
        throw InputError("--vcd and --trace-out record one run: name it with one --discipline");
    }
    result.with_sweep = false;
    return result;
}

void refuse_broken_runs(const study::Study& study)
{
    for (const auto* rows : {&study.rows, &study.sweep}) {
        for (const study::Row& row : *rows) {
            if (row.result.refusal == kernel::Refusal::none) continue;
            throw InputError(fmt::format("{}: the kernel gave up under {}: {}", study.scenario.name,
                                         scenario::discipline_name(row.discipline),
                                         report::refusal_text(row.result.refusal)));
        }
    }
}

/// Something must be there that can be replayed.
void require_witness(const study::Study& study, std::uint64_t event)
{
    std::vector<std::string> findings;
    for (const auto* rows : {&study.rows, &study.sweep}) {
        for (const study::Row& row : *rows) {
            if (!row.result.judge) continue;
            if (row.result.judge->overridden != 0 || row.result.judge->release_replayed) return;
            for (const platform::JudgedAccess& judged : row.result.judge->judged) {
                if (is_violation(judged.verdict)) findings.push_back(std::to_string(judged.event));
            }
        }
    }
    constexpr std::size_t most_named = 8;
    const bool more = findings.size() > most_named;
    if (more) findings.resize(most_named);
    const std::string legal = findings.empty()
                                  ? "there are no findings"
                                  : fmt::format("{}{}", fmt::join(findings, ", "), more ? " and others" : "");
    throw InputError(
        fmt::format("--replay-witness {}: the judge finds no violation at this event (it does at: {})", event, legal));
}

/// What a run writes besides its report on standard output.
struct RunOutputs {
    std::optional<ReportFiles> results;
    std::optional<output::AtomicFile> vcd, trace;
};

RunOutputs open_outputs(const Options& options, const std::string& name, output::Claims& claims)
{
    claims.prints();
    return {report_files(options, name, "result", claims), output_file(options, "vcd", claims),
            output_file(options, "trace-out", claims)};
}

/// The report is printed.
void complete(RunOutputs& outputs, const study::Study& study, const output::MadeBy& program)
{
    output::AtomicFile *text = nullptr, *json = nullptr;
    if (outputs.results) {
        write_reports(*outputs.results, report::text_report(study, program), report::json_report(study, program));
        text = &outputs.results->text;
        json = &outputs.results->json;
    }
    commit_outputs({pointer_to_file(outputs.vcd), pointer_to_file(outputs.trace), text, json});
}

/// The other runs were reported.
int report_dead_runs(const study::Study& study)
{
    for (const std::string& run : study.dead_runs)
        fmt::print(stderr, "drywalk: {}\n", one_line(run));
    return exit_bad_input;
}

/// A knob of the sweep would be overruled at every point.
void refuse_swept(const scenario::Scenario& scenario, const std::string& option, const std::string& key)
{
    for (const scenario::Knob& knob : scenario.sweep.knobs) {
        const auto names = [&](const std::string& pointer) { return lies_within(pointer, key); };
        if (std::ranges::none_of(knob.pointers, names)) continue;
        throw InputError(
            fmt::format("--{}: the scenario's sweep sets {} (legal: without it, or with --no-sweep)", option, key));
    }
}

/// The scenario with what options say instead.
scenario::Scenario chosen_scenario(const Options& options, const Installation& installation)
{
    scenario::Scenario scenario = scenario::load_scenario(options.get<std::string>("scenario"), installation.data);
    const auto change = [&](const auto& set) {
        set(scenario);
        for (scenario::SweepPoint& point : scenario.sweep.points)
            set(point.scenario);
    };
    const auto overrule = [&](const std::string& option, const std::string& key) {
        if (!options.has("no-sweep")) refuse_swept(scenario, option, key);
    };
    if (options.has("nested")) {
        overrule("nested", "/nested");
        change([&](scenario::Scenario& each) { each.nested_page_size = chosen_host_page_size(options); });
    }
    if (options.has("machine")) {
        overrule("machine", "/machine");
        change([&](scenario::Scenario& each) { each.machine = options.get<std::string>("machine"); });
    }
    if (options.has("seed")) change([&](scenario::Scenario& each) { each.seed = options.get<std::uint64_t>("seed"); });
    const std::vector<machine::MachineOverride> overrides = parse_overrides(options);
    for (const machine::MachineOverride& each : overrides)
        overrule("set " + each.pointer, pointer_to("/machine_overrides", each.pointer));
    change([&](scenario::Scenario& each) {
        each.machine_overrides.insert(each.machine_overrides.end(), overrides.begin(), overrides.end());
    });
    return scenario;
}

machine::Machine machine_of(const Installation& installation, const scenario::Scenario& scenario)
{
    return machine::load_machine(installation.machines, scenario.machine, scenario.machine_overrides);
}

/// With progress, which ends before anything is reported.
study::Study simulate(const scenario::Scenario& scenario, const machine::Machine& machine,
                      const platform::KernelCosts& costs, const study::StudyOptions& options)
{
    output::ProgressLine progress{"simulating"};
    return study::carry_out(scenario, machine, costs, options,
                            [&](std::size_t done, std::size_t all) { progress.show(done, all); });
}

} // namespace

int command_run(const Arguments& arguments)
{
    const Options options{arguments, described(), "scenario", "run SCENARIO.json [OPTION...]",
                          "Runs the kernel on a simulated machine, once for each discipline and point of the sweep,\n"
                          "and reports stale uses, cycles and break-even points.\n"
                          "Exit code: 0 as expected, 1 an expectation of the scenario failed, 2 bad input.\n"};
    if (options.helped()) return exit_as_expected;
    if (!options.has("scenario")) throw InputError("run needs a scenario file: drywalk run SCENARIO.json");
    const Format format = chosen_format(options);
    study::StudyOptions what = study_options(options);
    const Installation installation = find_installation();
    const scenario::Scenario scenario = chosen_scenario(options, installation);
    what.machine_of = [&](const scenario::Scenario& point) { return machine_of(installation, point); };
    require_disciplines(scenario, what.disciplines);
    const machine::Machine machine = what.machine_of(scenario);
    const platform::KernelCosts costs = study::load_kernel_costs(installation.kernel_costs);
    output::Claims claims;
    claims.reads(options.get<std::string>("scenario"));
    claims.reads(machine::profile_file(installation.machines, scenario.machine));
    claims.reads(installation.kernel_costs);
    RunOutputs outputs = open_outputs(options, scenario.name, claims);
    if (outputs.vcd) what.vcd = &*outputs.vcd;
    if (outputs.trace) what.trace = &*outputs.trace;

    const study::Study study = simulate(scenario, machine, costs, what);
    refuse_broken_runs(study);
    if (options.has("replay-witness")) require_witness(study, options.get<std::uint64_t>("replay-witness"));
    const output::MadeBy program =
        made_by("run", arguments, {options.get<std::string>("scenario")}, machine, installation.machines);
    output::print(format == Format::text ? report::text_report(study, program, output::page_width_of_output())
                                         : report::json_report(study, program));
    complete(outputs, study, program);
    if (!study.dead_runs.empty()) return report_dead_runs(study);
    return study.failed_expectations.empty() ? exit_as_expected : exit_not_as_expected;
}

} // namespace drywalk::cli
