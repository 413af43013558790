// SPDX-License-Identifier: MIT
// drywalk calibrate
#include "sim/calibrate/chase.hpp"
#include "sim/calibrate/findings.hpp"
#include "sim/calibrate/report.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/made_by.hpp"
#include "sim/input/complaint.hpp"
#include "sim/input/input_error.hpp"
#include "sim/input/json_text.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/output/standard_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

using calibrate::Placement;

constexpr Placement placements[] = {Placement::random, Placement::coloured, Placement::sequential};

std::vector<std::string> placement_names()
{
    std::vector<std::string> names;
    for (const Placement placement : placements)
        names.emplace_back(calibrate::placement_name(placement));
    return names;
}

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options()                                                                                       //
        ("against", po::value<std::string>(), "CSV file with measured latencies; see docs/fidelity.md")         //
        ("native", "measure this machine with the same chases and compare; Linux only")                         //
        ("seconds", decimal(0.1, 86400)->default_value(20), "how long --native may measure")                    //
        ("csv", po::value<std::string>(), "write what --native measured to this file, in a form for --against") //
        ("format", format_value(), "text for people, json for tools")                                           //
        ("brief", "leave plateaus and points out of the text")                                                  //
        ("svg", po::value<std::string>(), "write a plot to this file, too")                                     //
        ("up-to", number(1, std::uint64_t{1} << 40)->default_value(calibrate::largest_judged_bytes >> 10),
         "KiB: larger buffers are shown and count for no goal, as where the two machines' caches differ") //
        ("set", texts(),
         "POINTER=VALUE: another value for a number, name or flag of the profile; any number of times") //
        ("frames", choice(placement_names()),
         "where pages lie: random, coloured (neighbours take page colours in turn) or sequential; by default coloured "
         "for tables of whole buffers, which come from Windows, and random for others") //
        ("nested", host_page_size_value(),
         "chase as a guest whose host maps pages of this size: 4k, 2m or 1g") //
        ("seed", number(0, std::numeric_limits<std::uint64_t>::max())->default_value(1),
         "of the visiting order and of where frames lie");
    return options;
}

/// The machine, or a guest on it.
machine::Machine machine_of(const Options& options)
{
    machine::Machine machine =
        machine::load_machine(find_installation().machines, options.get<std::string>("name"), parse_overrides(options));
    machine.profile.nested.on = options.has("nested");
    if (const auto size = chosen_host_page_size(options)) machine.profile.nested.host_page_size = *size;
    return machine;
}

Placement parse_placement(const std::string& name)
{
    return *std::ranges::find_if(placements, [&](Placement each) { return name == calibrate::placement_name(each); });
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

/// What is written besides the report on standard output.
struct CalibrateOutputs {
    std::optional<output::AtomicFile> svg, csv;
};

CalibrateOutputs open_outputs(const Options& options)
{
    output::Claims claims;
    if (options.has("against")) claims.reads(options.get<std::string>("against"));
    claims.reads(machine::profile_file(find_installation().machines, options.get<std::string>("name")));
    claims.prints();
    return {output_file(options, "svg", claims), output_file(options, "csv", claims)};
}

void report(const Options& options, const calibrate::Comparison& comparison, const calibrate::Subject& subject,
            Format format, CalibrateOutputs& outputs)
{
    if (outputs.svg) write_report(outputs.svg, svg_plot(comparison, subject));
    const calibrate::Detail detail = options.has("brief") ? calibrate::Detail::brief : calibrate::Detail::full;
    output::print(format == Format::text ? text_report(comparison, subject, detail, output::page_width_of_output())
                                         : json_report(comparison, subject));
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

void compare_with_this_machine(const Options& options, const machine::Machine& machine, Format format,
                               const output::MadeBy& program)
{
    const calibrate::ChaseOptions chase = chase_options(options, calibrate::Placement::random);
    CalibrateOutputs outputs = open_outputs(options);
    const calibrate::NativeCurves native = measure_this_machine(options, chase.seed);
    if (outputs.csv) write_report(outputs.csv, csv_of(native.curves));
    const calibrate::Comparison comparison = compare_with(machine, native.curves, chase, judged_bytes(options));
    report(options, comparison, {machine, "this machine", chase, program}, format, outputs);
    if (format == Format::json) {
        fmt::print(stderr, "{}", preemption_warning(native));
    } else {
        output::print("\n" + findings_text(findings_of(comparison, machine.profile, native.hypervisor), native));
    }
    commit_outputs({pointer_to_file(outputs.svg), pointer_to_file(outputs.csv)});
}

void compare_with_file(const Options& options, const machine::Machine& machine, Format format,
                       const output::MadeBy& program)
{
    const std::filesystem::path file = options.get<std::string>("against");
    const calibrate::MeasuredCurves curves = calibrate::load_measured(file);
    const calibrate::ChaseOptions chase = chase_options(options, curves.placement);
    CalibrateOutputs outputs = open_outputs(options);
    const calibrate::Comparison comparison = compare_with(machine, curves, chase, judged_bytes(options));
    report(options, comparison, {machine, one_line(file.filename().string()), chase, program}, format, outputs);
    commit_outputs({pointer_to_file(outputs.svg)});
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
    const Format format = chosen_format(options);
    if (options.has("against")) refuse_given(options, {"seconds", "csv"}, "it is for --native");
    if (format == Format::json) refuse_given(options, {"brief"}, "JSON is for tools and whole (legal: text)");
    const machine::Machine machine = machine_of(options);
    const std::filesystem::path machines = find_installation().machines;
    if (options.has("native")) {
        compare_with_this_machine(options, machine, format, made_by("calibrate", arguments, {}, machine, machines));
    } else {
        compare_with_file(options, machine, format,
                          made_by("calibrate", arguments, {options.get<std::string>("against")}, machine, machines));
    }
    return exit_as_expected;
}

} // namespace drywalk::cli
