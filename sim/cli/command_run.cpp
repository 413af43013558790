// SPDX-License-Identifier: MIT
// drywalk run
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/output.hpp"
#include "sim/measure/kernel_costs.hpp"
#include "sim/report/json_report.hpp"
#include "sim/report/text_report.hpp"
#include "sim/scenario/input_error.hpp"

#include <fmt/format.h>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options()                                                                                            //
        ("machine", po::value<std::string>(), "run on this profile instead of the scenario's; see drywalk machines") //
        ("discipline", po::value<std::vector<std::string>>(),
         "run only this discipline; may be given several times")                                       //
        ("no-sweep", "leave the scenario's sweep out")                                                 //
        ("format", po::value<std::string>()->default_value("text"), "text for people, json for tools") //
        ("out", po::value<std::string>(), "also write NAME.txt and NAME.json to this folder")          //
        ("vcd", po::value<std::string>(),
         "trace the run to this VCD file, one nanosecond a core cycle; needs one --discipline");
    return options;
}

measure::StudyOptions study_options(const Options& options)
{
    measure::StudyOptions result;
    result.disciplines = parse_disciplines(options);
    result.with_sweep = !options.has("no-sweep");
    if (!options.has("vcd")) return result;
    if (result.disciplines.size() != 1) throw InputError("--vcd traces one run: name it with one --discipline");
    result.vcd = options.get<std::string>("vcd");
    result.with_sweep = false;
    return result;
}

void refuse_broken_runs(const measure::Study& study)
{
    for (const auto* rows : {&study.rows, &study.sweep}) {
        for (const measure::Row& row : *rows) {
            if (row.result.refusal == kernel::Refusal::none) continue;
            throw InputError(fmt::format("{}: the kernel gave up under {}: {}", study.scenario.name,
                                         scenario::discipline_name(row.discipline),
                                         report::refusal_text(row.result.refusal)));
        }
    }
}

void write_results(const std::filesystem::path& folder, const measure::Study& study)
{
    write_whole(folder / (study.scenario.name + ".txt"), report::text_report(study));
    write_whole(folder / (study.scenario.name + ".json"), report::json_report(study));
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
    const measure::StudyOptions what = study_options(options);
    const Installation installation = find_installation();
    const scenario::Scenario scenario =
        scenario::load_scenario(options.get<std::string>("scenario"), installation.data);
    const std::string machine_name = options.has("machine") ? options.get<std::string>("machine") : scenario.machine;
    const scenario::Machine machine = scenario::load_machine(installation.machines, machine_name);
    const platform::KernelCosts costs = measure::load_kernel_costs(installation.kernel_costs);

    ProgressLine progress{"simulating"};
    const measure::Study study = measure::carry_out(
        scenario, machine, costs, what, [&](std::size_t done, std::size_t all) { progress.show(done, all); });
    refuse_broken_runs(study);
    if (options.has("out")) write_results(options.get<std::string>("out"), study);
    fmt::print("{}", format == Format::text ? report::text_report(study) : report::json_report(study));
    return study.failed_expectations.empty() ? exit_as_expected : exit_not_as_expected;
}

} // namespace drywalk::cli
