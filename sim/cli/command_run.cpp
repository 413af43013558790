// SPDX-License-Identifier: MIT
// drywalk run
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/input/input_error.hpp"
#include "sim/output/files.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/report/json_report.hpp"
#include "sim/report/text_report.hpp"
#include "sim/study/kernel_costs.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options()                                                                                            //
        ("machine", po::value<std::string>(), "run on this profile instead of the scenario's; see drywalk machines") //
        ("discipline", po::value<std::vector<std::string>>(),
         "run only this discipline; may be given several times") //
        ("no-sweep", "leave the scenario's sweep out")           //
        ("nested", po::value<std::string>(),
         "run the kernel as a guest whose host maps pages of this size: 4k, 2m or 1g")      //
        ("no-fast-path", "simulate without hints and short cuts: slower, the same results") //
        ("oracle", po::value<std::string>()->default_value("on"),
         "on: also judge every access against every TLB that the architecture permits; off: do not") //
        ("vendor", po::value<std::string>()->default_value("portable"),
         "whose promises the judge counts: intel, amd, amd-tce, or portable (what both promise)") //
        ("tlb", po::value<std::string>()->default_value("concrete"),
         "adversarial: wherever some permitted TLB lets an access go wrong, it does") //
        ("replay-witness", po::value<std::uint64_t>(),
         "let only the access of this event go wrong; an event number of the judge's report")          //
        ("format", po::value<std::string>()->default_value("text"), "text for people, json for tools") //
        ("out", po::value<std::string>(), "also write NAME.txt and NAME.json to this folder")          //
        ("trace-out", po::value<std::string>(),
         "write every event to this file in the format of drywalk check, compressed if it ends in .zst; needs one "
         "--discipline") //
        ("vcd", po::value<std::string>(),
         "trace the run to this VCD file, one nanosecond a core cycle; needs one --discipline");
    return options;
}

std::optional<platform::JudgeOptions> judge_options(const Options& options)
{
    const auto& oracle = options.get<std::string>("oracle");
    const auto& tlb = options.get<std::string>("tlb");
    if (oracle != "on" && oracle != "off") throw InputError(fmt::format("--oracle {}: legal are on and off", oracle));
    if (tlb != "concrete" && tlb != "adversarial") {
        throw InputError(fmt::format("--tlb {}: legal are concrete and adversarial", tlb));
    }
    platform::JudgeOptions judge{parse_vendor(options.get<std::string>("vendor")), platform::Adversary::none, 0};
    if (tlb == "adversarial") judge.adversary = platform::Adversary::wherever;
    if (options.has("replay-witness")) {
        judge.adversary = platform::Adversary::one_event;
        judge.event = options.get<std::uint64_t>("replay-witness");
    }
    if (oracle == "on") return judge;
    if (judge.adversary != platform::Adversary::none) throw InputError("--oracle off: an adversary needs the oracle");
    return std::nullopt;
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
    if (options.has("vcd")) result.vcd = options.get<std::string>("vcd");
    if (options.has("trace-out")) result.trace = options.get<std::string>("trace-out");
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

void write_results(const std::filesystem::path& folder, const study::Study& study)
{
    output::write_whole({{folder / (study.scenario.name + ".txt"), report::text_report(study)},
                         {folder / (study.scenario.name + ".json"), report::json_report(study)}});
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
    const Format format = parse_format(options.get<std::string>("format"));
    const study::StudyOptions what = study_options(options);
    const Installation installation = find_installation();
    scenario::Scenario scenario = scenario::load_scenario(options.get<std::string>("scenario"), installation.data);
    if (options.has("nested")) scenario.nested_page_size = parse_host_page_size(options.get<std::string>("nested"));
    const std::string machine_name = options.has("machine") ? options.get<std::string>("machine") : scenario.machine;
    const machine::Machine machine =
        machine::load_machine(installation.machines, machine_name, scenario.machine_overrides);
    const platform::KernelCosts costs = study::load_kernel_costs(installation.kernel_costs);

    output::ProgressLine progress{"simulating"};
    const study::Study study = study::carry_out(scenario, machine, costs, what,
                                                [&](std::size_t done, std::size_t all) { progress.show(done, all); });
    refuse_broken_runs(study);
    if (options.has("replay-witness")) require_witness(study, options.get<std::uint64_t>("replay-witness"));
    if (options.has("out")) write_results(options.get<std::string>("out"), study);
    fmt::print("{}", format == Format::text ? report::text_report(study) : report::json_report(study));
    return study.failed_expectations.empty() ? exit_as_expected : exit_not_as_expected;
}

} // namespace drywalk::cli
