// SPDX-License-Identifier: MIT
// drywalk calibrate
#include "sim/calibrate/chase.hpp"
#include "sim/calibrate/report.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/output.hpp"
#include "sim/scenario/input_error.hpp"

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
        overrides.push_back({wish.substr(0, equals), wish.substr(equals + 1)});
    }
    return overrides;
}

calibrate::Comparison compare_with(const scenario::Machine& machine, const calibrate::MeasuredCurves& curves,
                                   std::uint64_t seed)
{
    ProgressLine line{"simulating, points"};
    return calibrate::compare(
        curves,
        [&](const calibrate::Pattern& pattern) { return calibrate::simulated_cycles(machine.profile, pattern, seed); },
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
    const auto seed = options.get<std::uint64_t>("seed");
    const calibrate::Comparison comparison = compare_with(machine, calibrate::load_measured(file), seed);
    const calibrate::Subject subject{machine, file.filename().string(), seed};
    if (options.has("svg")) write_whole(options.get<std::string>("svg"), svg_plot(comparison, subject));
    fmt::print("{}", format == Format::text ? text_report(comparison, subject) : json_report(comparison, subject));
    return exit_as_expected;
}

} // namespace drywalk::cli
