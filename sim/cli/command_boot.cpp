// SPDX-License-Identifier: MIT
// drywalk boot
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/made_by.hpp"
#include "sim/input/input_error.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/output/standard_output.hpp"
#include "sim/process/temporary_folder.hpp"
#include "sim/report/boot_report.hpp"
#include "sim/study/kernel_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

using boot::MachineStatus;
using boot::Target;
using study::Confirmation;

constexpr std::uint64_t most_seconds = 86'400;

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options() //
        ("on", choices({"qemu", "bochs", "kvm"}),
         "qemu, bochs or kvm; may be given several times (default: bochs, qemu)") //
        ("discipline", discipline_values(),
         "boot only this discipline; may be given several times")                                       //
        ("time-limit", number(1, most_seconds)->default_value(120), "seconds for one boot")             //
        ("format", format_value(), "text for people, json for tools")                                   //
        ("out", po::value<std::string>(), "also write NAME.boot.txt and NAME.boot.json to this folder") //
        ("measure-kernel", po::value<std::string>(),
         "count the instructions of the kernel's paths under QEMU's instruction counting, write them to this file");
    return options;
}

std::vector<Target> parse_targets(const Options& options)
{
    if (!options.has("on")) return {Target::bochs, Target::qemu};
    std::vector<Target> targets;
    for (const std::string& name : options.get<std::vector<std::string>>("on")) {
        constexpr Target all[] = {Target::qemu, Target::bochs, Target::kvm};
        targets.push_back(*std::ranges::find_if(all, [&](Target target) { return name == target_name(target); }));
    }
    return targets;
}

void require_tools(const std::vector<Target>& targets)
{
    for (const Target target : targets) {
        if (target == Target::kvm) continue; // a host without KVM is told so in the report
        if (const auto missing = boot::missing_for(target)) throw InputError(*missing);
    }
}

boot::MachineRequest request_for(const Options& options, const Installation& installation,
                                 const std::vector<std::byte>& program)
{
    boot::MachineRequest request;
    request.kernel = installation.bare_metal_kernel;
    request.program = program;
    request.time_limit = std::chrono::seconds{options.get<std::uint64_t>("time-limit")};
    return request;
}

using PathTotals = std::array<boot::PathTotal, kernel::hal::path_count>;

/// Adds all passes of the kernel's paths, over the scenario's disciplines.
void count_instructions(const Options& options, const Installation& installation, const scenario::Scenario& scenario,
                        PathTotals& totals)
{
    for (const kernel::Discipline discipline : scenario.disciplines) {
        const std::vector<std::byte> program = compile_program(scenario, discipline);
        boot::MachineRequest request = request_for(options, installation, program);
        request.count_instructions = true;
        const boot::MachineResult result = run_on(request);
        if (result.status != MachineStatus::completed) throw InputError("cannot measure: " + result.message);
        for (unsigned path = 0; path < totals.size(); ++path) {
            totals[path].passes += result.log.paths[path].passes;
            totals[path].ticks += result.log.paths[path].ticks;
        }
    }
}

/// The same, over all combinations of a sweep's knobs if there are any.
PathTotals count_all_instructions(const Options& options, const Installation& installation,
                                  const scenario::Scenario& scenario)
{
    PathTotals totals{};
    for (const scenario::SweepPoint& point : scenario.sweep.points)
        count_instructions(options, installation, point.scenario, totals);
    if (scenario.sweep.points.empty()) count_instructions(options, installation, scenario, totals);
    return totals;
}

/// Instructions of one pass of each path; a path that the scenario never takes keeps what the file says.
int measure_kernel(const Options& options, const Installation& installation, const scenario::Scenario& scenario)
{
    require_tools({Target::qemu});
    const std::string file = options.get<std::string>("measure-kernel");
    output::Claims claims;
    claims.reads(options.get<std::string>("scenario"));
    claims.prints();
    std::optional<output::AtomicFile> output = output_file(options, "measure-kernel", claims, file);
    static_cast<void>(process::temporary_root());
    study::MeasuredCosts measured;
    if (std::filesystem::exists(file)) measured = study::load_measured_costs(file);
    const PathTotals totals = count_all_instructions(options, installation, scenario);
    for (unsigned path = 0; path < totals.size(); ++path) {
        if (totals[path].passes != 0) {
            const long instructions = std::lround(totals[path].ticks_per_pass());
            measured.costs.instructions[path] = static_cast<std::uint32_t>(instructions);
        } else if (measured.costs.instructions[path]) {
            fmt::print(stderr, "{}: not taken, kept as the file has it\n", study::path_names[path]);
        }
    }
    const std::string command = fmt::format("drywalk boot scenarios/{}.json --measure-kernel FILE "
                                            "(QEMU TCG, -icount shift=0: one tick an instruction)",
                                            scenario.name);
    std::erase(measured.measured_by, command);
    measured.measured_by.push_back(command);
    write_report(output, study::kernel_costs_text(measured));
    output::print(study::kernel_costs_text(measured));
    commit_outputs({pointer_to_file(output)});
    return exit_as_expected;
}

/// Bochs's own TLB was predicted, so it must show what was predicted stale; of the others that was never promised.
bool as_expected(const Confirmation& confirmation)
{
    if (confirmation.status != MachineStatus::completed) return confirmation.target == Target::kvm;
    const bool refuted = confirmation.target == Target::bochs && confirmation.comparison.predicted_stale_not_seen != 0;
    return confirmation.comparison.agrees() && !refuted;
}

std::vector<Confirmation> confirm_all(const Options& options, const Installation& installation,
                                      const std::vector<study::Predictions>& predictions,
                                      const std::vector<Target>& targets)
{
    output::ProgressLine progress{"booting"};
    std::vector<Confirmation> confirmations;
    for (const Target target : targets) {
        for (const study::Predictions& predicted : predictions) {
            progress.show(confirmations.size(), targets.size() * predictions.size());
            boot::MachineRequest request = request_for(options, installation, predicted.program);
            request.target = target;
            confirmations.push_back(study::confirm(predicted, request));
            if (confirmations.back().status == MachineStatus::unusable) break; // it stays so for the others
        }
    }
    return confirmations;
}

} // namespace

int command_boot(const Arguments& arguments)
{
    const Options options{arguments, described(), "scenario", "boot SCENARIO.json [OPTION...]",
                          "Boots the kernel with the scenario's workload on real machines, once for each discipline,\n"
                          "and compares every observation with the simulator's prediction.\n"
                          "Exit code: 0 as predicted, 1 something differs, 2 bad input or a missing tool.\n"};
    if (options.helped()) return exit_as_expected;
    if (!options.has("scenario")) throw InputError("boot needs a scenario file: drywalk boot SCENARIO.json");
    const Format format = chosen_format(options);
    if (options.has("measure-kernel")) {
        refuse_given(options, {"on", "discipline", "format", "out"},
                     "--measure-kernel boots QEMU under every discipline and writes one file (legal: without it)");
    }
    const std::vector<Target> targets = parse_targets(options);
    const Installation installation = find_installation();
    const scenario::Scenario scenario =
        scenario::load_scenario(options.get<std::string>("scenario"), installation.data);
    if (!exists(installation.bare_metal_kernel)) {
        throw InputError(fmt::format("{}: the bare-metal kernel is not built; build the target drywalk_kernel_image",
                                     installation.bare_metal_kernel.string()));
    }
    if (options.has("measure-kernel")) return measure_kernel(options, installation, scenario);
    require_tools(targets);
    static_cast<void>(process::temporary_root()); // before the predictions take their time
    output::Claims claims;
    claims.reads(options.get<std::string>("scenario"));
    claims.prints();
    std::optional<ReportFiles> files = report_files(options, scenario.name, "boot", claims);

    std::vector<kernel::Discipline> disciplines = parse_disciplines(options);
    require_disciplines(scenario, disciplines);
    if (disciplines.empty()) disciplines = scenario.disciplines;
    const std::vector<study::Predictions> predictions =
        study::predict(scenario, disciplines, machine::load_machine(installation.machines, study::predicting_machine),
                       machine::load_machine(installation.machines, study::reference_machine),
                       study::load_kernel_costs(installation.kernel_costs));
    const std::vector<Confirmation> confirmations = confirm_all(options, installation, predictions, targets);
    const output::MadeBy program = made_by("boot", arguments, {options.get<std::string>("scenario")});
    const std::string json = report::boot_json(scenario, confirmations, program);
    if (files) write_reports(*files, report::boot_text(scenario, confirmations, program), json);
    output::print(format == Format::text
                      ? report::boot_text(scenario, confirmations, program, output::page_width_of_output())
                      : json);
    if (files) commit_outputs({&files->text, &files->json});
    return std::ranges::all_of(confirmations, as_expected) ? exit_as_expected : exit_not_as_expected;
}

} // namespace drywalk::cli
