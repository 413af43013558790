// SPDX-License-Identifier: MIT
// drywalk calibrate
#include "sim/calibrate/chase.hpp"
#include "sim/calibrate/findings.hpp"
#include "sim/calibrate/report.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/output.hpp"
#include "sim/scenario/input_error.hpp"
#include "sim/scenario/json_text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options()                                                                                          //
        ("against", po::value<std::string>(), "CSV file with measured latencies; see docs/fidelity.md")            //
        ("native", "measure this machine with the same chases and compare; Linux only")                            //
        ("seconds", po::value<double>()->default_value(20), "how long --native may measure")                       //
        ("csv", po::value<std::string>(), "write what --native measured to this file, in a form for --against")    //
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

void report(const Options& options, const calibrate::Comparison& comparison, const calibrate::Subject& subject,
            Format format)
{
    if (options.has("svg")) write_whole(options.get<std::string>("svg"), svg_plot(comparison, subject));
    fmt::print("{}", format == Format::text ? text_report(comparison, subject) : json_report(comparison, subject));
}

calibrate::NativeCurves measure_this_machine(const Options& options, std::uint64_t seed)
{
    calibrate::NativeOptions native;
    native.seconds = options.get<double>("seconds");
    native.seed = seed;
    std::map<std::string, std::unique_ptr<ProgressLine>> lines;
    native.progress = [&](const std::string& what, std::size_t done, std::size_t all) {
        std::unique_ptr<ProgressLine>& line = lines[what];
        if (!line) line = std::make_unique<ProgressLine>("measuring " + what + ", points");
        line->show(done, all);
    };
    return measure_here(native);
}

void compare_with_this_machine(const Options& options, const calibrate::Subject& subject, Format format)
{
    const calibrate::NativeCurves native = measure_this_machine(options, subject.options.seed);
    if (options.has("csv")) write_whole(options.get<std::string>("csv"), csv_of(native.curves));
    const calibrate::Comparison comparison = compare_with(subject.machine, native.curves, subject.options);
    report(options, comparison, subject, format);
    if (format == Format::json) return;
    fmt::print("\n{}", findings_text(findings_of(comparison, subject.machine.profile), native));
}

} // namespace

int command_calibrate(const Arguments& arguments)
{
    const Options options{
        arguments, described(), "name", "calibrate MACHINE --against CSV|--native [OPTION...]",
        "Simulates pointer chases whose latencies a file has, or that are measured here, and compares.\n"
        "Exit code: 0 compared, 2 bad input.\n"};
    if (options.helped()) return exit_as_expected;
    if (!options.has("name") || options.has("against") == options.has("native")) {
        throw InputError("calibrate needs a machine, and a file or --native: drywalk calibrate MACHINE --against CSV");
    }
    const Format format = parse_format(options.get<std::string>("format"));
    const scenario::Machine machine =
        scenario::load_machine(find_installation().machines, options.get<std::string>("name"), overrides_of(options));
    const calibrate::ChaseOptions chase{options.get<std::uint64_t>("seed"),
                                        parse_placement(options.get<std::string>("frames"))};
    if (options.has("native")) {
        compare_with_this_machine(options, {machine, "this machine", chase}, format);
    } else {
        const std::filesystem::path file = options.get<std::string>("against");
        const calibrate::Subject subject{machine, file.filename().string(), chase};
        report(options, compare_with(machine, calibrate::load_measured(file), chase), subject, format);
    }
    return exit_as_expected;
}

} // namespace drywalk::cli
