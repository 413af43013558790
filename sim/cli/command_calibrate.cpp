// SPDX-License-Identifier: MIT
// drywalk calibrate
#include "sim/calibrate/chase.hpp"
#include "sim/calibrate/findings.hpp"
#include "sim/calibrate/report.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/input/input_error.hpp"
#include "sim/input/json_text.hpp"
#include "sim/output/files.hpp"
#include "sim/output/progress_line.hpp"

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
    options.add_options()                                                                                       //
        ("against", po::value<std::string>(), "CSV file with measured latencies; see docs/fidelity.md")         //
        ("native", "measure this machine with the same chases and compare; Linux only")                         //
        ("seconds", po::value<double>()->default_value(20), "how long --native may measure")                    //
        ("csv", po::value<std::string>(), "write what --native measured to this file, in a form for --against") //
        ("format", po::value<std::string>()->default_value("text"), "text for people, json for tools")          //
        ("brief", "leave plateaus and points out of the text")                                                  //
        ("svg", po::value<std::string>(), "write a plot to this file, too")                                     //
        ("up-to", po::value<std::uint64_t>()->default_value(calibrate::largest_judged_bytes >> 10),
         "KiB: larger buffers are shown and count for no goal, as where the two machines' caches differ")          //
        ("set", po::value<std::vector<std::string>>(), "POINTER=VALUE: another value for a number of the profile") //
        ("frames", po::value<std::string>(),
         "where pages lie: random, coloured (neighbours take page colours in turn) or sequential; by default coloured "
         "for tables of whole buffers, which come from Windows, and random for others") //
        ("nested", po::value<std::string>(),
         "chase as a guest whose host maps pages of this size: 4k, 2m or 1g") //
        ("seed", po::value<std::uint64_t>()->default_value(1), "of the visiting order and of where frames lie");
    return options;
}

std::vector<machine::MachineOverride> overrides_of(const Options& options)
{
    std::vector<machine::MachineOverride> overrides;
    if (!options.has("set")) return overrides;
    for (const std::string& wish : options.get<std::vector<std::string>>("set")) {
        const std::size_t equals = wish.find('=');
        if (equals == std::string::npos) {
            throw InputError(
                fmt::format("--set {}: no value (legal: POINTER=VALUE, such as /costs/walk_start=12)", wish));
        }
        overrides.push_back({wish.substr(0, equals), parse_json(wish.substr(equals + 1), "--set").dump()});
    }
    return overrides;
}

/// The machine, or a guest on it.
machine::Machine machine_of(const Options& options)
{
    machine::Machine machine =
        machine::load_machine(find_installation().machines, options.get<std::string>("name"), overrides_of(options));
    machine.profile.nested.on = options.has("nested");
    if (options.has("nested")) {
        machine.profile.nested.host_page_size = parse_host_page_size(options.get<std::string>("nested"));
    }
    return machine;
}

calibrate::Placement parse_placement(const std::string& name)
{
    using calibrate::Placement;
    for (const Placement placement : {Placement::random, Placement::coloured, Placement::sequential}) {
        if (name == calibrate::placement_name(placement)) return placement;
    }
    throw InputError(fmt::format("--frames {}: no such placement; legal are random, coloured and sequential", name));
}

/// As the options say; `usual` where they do not.
calibrate::ChaseOptions chase_options(const Options& options, calibrate::Placement usual)
{
    calibrate::ChaseOptions chase{options.get<std::uint64_t>("seed"), usual};
    if (options.has("frames")) chase.placement = parse_placement(options.get<std::string>("frames"));
    return chase;
}

/// Bytes of the largest buffer that counts.
std::uint64_t judged_bytes(const Options& options)
{
    constexpr std::uint64_t most_kib = std::uint64_t{1} << 40;
    const auto kib = options.get<std::uint64_t>("up-to");
    if (kib == 0 || kib > most_kib) throw InputError(fmt::format("--up-to {}: legal are 1 to {} KiB", kib, most_kib));
    return kib << 10;
}

calibrate::Comparison compare_with(const machine::Machine& machine, const calibrate::MeasuredCurves& curves,
                                   const calibrate::ChaseOptions& chase, std::uint64_t judged)
{
    output::ProgressLine line{"simulating, points"};
    return calibrate::compare(
        curves,
        [&](const calibrate::Pattern& pattern) { return calibrate::simulated(machine.profile, pattern, chase); },
        [&](std::size_t done) { line.show(done, curves.points.size()); }, judged);
}

void report(const Options& options, const calibrate::Comparison& comparison, const calibrate::Subject& subject,
            Format format)
{
    if (options.has("svg")) output::write_whole(options.get<std::string>("svg"), svg_plot(comparison, subject));
    const calibrate::Detail detail = options.has("brief") ? calibrate::Detail::brief : calibrate::Detail::full;
    fmt::print("{}",
               format == Format::text ? text_report(comparison, subject, detail) : json_report(comparison, subject));
}

calibrate::NativeCurves measure_this_machine(const Options& options, std::uint64_t seed)
{
    calibrate::NativeOptions native;
    native.seconds = options.get<double>("seconds");
    native.seed = seed;
    std::map<std::string, std::unique_ptr<output::ProgressLine>> lines;
    native.progress = [&](const std::string& what, std::size_t done, std::size_t all) {
        std::unique_ptr<output::ProgressLine>& line = lines[what];
        if (!line) line = std::make_unique<output::ProgressLine>("measuring " + what + ", points");
        line->show(done, all);
    };
    return measure_here(native);
}

void compare_with_this_machine(const Options& options, const machine::Machine& machine, Format format)
{
    const calibrate::ChaseOptions chase = chase_options(options, calibrate::Placement::random);
    const calibrate::NativeCurves native = measure_this_machine(options, chase.seed);
    if (options.has("csv")) output::write_whole(options.get<std::string>("csv"), csv_of(native.curves));
    const calibrate::Comparison comparison = compare_with(machine, native.curves, chase, judged_bytes(options));
    report(options, comparison, {machine, "this machine", chase}, format);
    if (format == Format::json) {
        fmt::print(stderr, "{}", preemption_warning(native));
        return;
    }
    fmt::print("\n{}", findings_text(findings_of(comparison, machine.profile, native.hypervisor), native));
}

void compare_with_file(const Options& options, const machine::Machine& machine, Format format)
{
    const std::filesystem::path file = options.get<std::string>("against");
    const calibrate::MeasuredCurves curves = calibrate::load_measured(file);
    const calibrate::ChaseOptions chase = chase_options(options, curves.placement);
    const calibrate::Comparison comparison = compare_with(machine, curves, chase, judged_bytes(options));
    report(options, comparison, {machine, file.filename().string(), chase}, format);
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
    const machine::Machine machine = machine_of(options);
    if (options.has("native")) {
        compare_with_this_machine(options, machine, format);
    } else {
        compare_with_file(options, machine, format);
    }
    return exit_as_expected;
}

} // namespace drywalk::cli
