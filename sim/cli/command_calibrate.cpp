// SPDX-License-Identifier: MIT
// drywalk calibrate
#include "sim/calibrate/chase.hpp"
#include "sim/calibrate/report.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/output.hpp"
#include "sim/scenario/input_error.hpp"
#include "sim/scenario/json_text.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options()                                                                                          //
        ("against", po::value<std::string>(), "CSV file with measured latencies; see docs/fidelity.md")            //
        ("format", po::value<std::string>()->default_value("text"), "text for people, json for tools")             //
        ("svg", po::value<std::string>(), "write a plot to this file, too")                                        //
        ("set", po::value<std::vector<std::string>>(), "POINTER=VALUE: another value for a number of the profile") //
        ("frames", po::value<std::string>()->default_value("random"),
         "where pages lie: random, balanced (page colouring) or sequential") //
        ("seed", po::value<std::uint64_t>()->default_value(1), "of the visiting order and of where frames lie");
    return options;
}

std::vector<scenario::MachineOverride> overrides_of(const Options& options)
{
    std::vector<scenario::MachineOverride> overrides;
    if (!options.has("set")) return overrides;
    for (const std::string& wish : options.get<std::vector<std::string>>("set")) {
        const std::size_t equals = wish.find('=');
        if (equals == std::string::npos) {
            throw InputError(
                fmt::format("--set {}: no value (legal: POINTER=VALUE, such as /costs/walk_start=12)", wish));
        }
        overrides.push_back({wish.substr(0, equals), scenario::parse_json(wish.substr(equals + 1), "--set").dump()});
    }
    return overrides;
}

calibrate::Placement parse_placement(const std::string& name)
{
    using calibrate::Placement;
    for (const Placement placement : {Placement::random, Placement::balanced, Placement::sequential}) {
        if (name == calibrate::placement_name(placement)) return placement;
    }
    throw InputError(fmt::format("--frames {}: no such placement; legal are random, balanced and sequential", name));
}

calibrate::Comparison compare_with(const scenario::Machine& machine, const calibrate::MeasuredCurves& curves,
                                   const calibrate::ChaseOptions& chase)
{
    ProgressLine line{"simulating, points"};
    return calibrate::compare(
        curves,
        [&](const calibrate::Pattern& pattern) { return calibrate::simulated_cycles(machine.profile, pattern, chase); },
        [&](std::size_t done) { line.show(done, curves.points.size()); });
}

} // namespace

int command_calibrate(const Arguments& arguments)
{
    const Options options{arguments, described(), "name", "calibrate MACHINE --against CSV [OPTION...]",
                          "Simulates the pointer chases that a file has measured latencies of, and compares.\n"
                          "Exit code: 0 compared, 2 bad input.\n"};
    if (options.helped()) return exit_as_expected;
    if (!options.has("name") || !options.has("against")) {
        throw InputError("calibrate needs a machine and a file: drywalk calibrate MACHINE --against CSV");
    }
    const Format format = parse_format(options.get<std::string>("format"));
    const scenario::Machine machine =
        scenario::load_machine(find_installation().machines, options.get<std::string>("name"), overrides_of(options));
    const std::filesystem::path file = options.get<std::string>("against");
    const calibrate::ChaseOptions chase{options.get<std::uint64_t>("seed"),
                                        parse_placement(options.get<std::string>("frames"))};
    const calibrate::Comparison comparison = compare_with(machine, calibrate::load_measured(file), chase);
    const calibrate::Subject subject{machine, file.filename().string(), chase};
    if (options.has("svg")) write_whole(options.get<std::string>("svg"), svg_plot(comparison, subject));
    fmt::print("{}", format == Format::text ? text_report(comparison, subject) : json_report(comparison, subject));
    return exit_as_expected;
}

} // namespace drywalk::cli
