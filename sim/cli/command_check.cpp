// SPDX-License-Identifier: MIT
// drywalk check
#include "sim/cli/check_scenario.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/input_kind.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/made_by.hpp"
#include "sim/input/complaint.hpp"
#include "sim/judge/acceptance.hpp"
#include "sim/judge/price.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/machine/machine.hpp"
#include "sim/output/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

enum class CheckFormat { text, json, sarif, junit, gcc, github };

constexpr std::pair<const char*, CheckFormat> format_names[] = {
    {"text", CheckFormat::text},   {"json", CheckFormat::json}, {"sarif", CheckFormat::sarif},
    {"junit", CheckFormat::junit}, {"gcc", CheckFormat::gcc},   {"github", CheckFormat::github},
};

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options() //
        ("format", choice({"text", "json", "sarif", "junit", "gcc", "github"})->default_value("text"),
         "text for people, json for tools, sarif or junit for continuous integration, gcc for editors, github for "
         "annotations by GitHub Actions")                                                            //
        ("vendor", vendor_value(), "intel, amd, amd-tce or portable, instead of the trace's header") //
        ("strict", "warnings fail, too")                                                             //
        ("allow-empty", "a trace without accesses and releases is no error")                         //
        ("skip-noise", "skip lines that do not begin with {\" (serial logs)")                        //
        ("accessor", texts(),
         "a function or a file whose frames of a stack do not count; any number of times") //
        ("machine", po::value<std::string>(),
         "price redundant invalidations as this profile does; see drywalk machines")                       //
        ("baseline", po::value<std::string>(), "findings that this file names are known, and do not fail") //
        ("write-baseline", po::value<std::string>(), "write the findings to this file, for --baseline")    //
        ("source-root", po::value<std::string>()->default_value("."),
         "where the sources are, which may hold comments \"drywalk: accept KIND reason\"")           //
        ("no-fingerprints", "leave partialFingerprints out of SARIF: some uploaders make their own") //
        ("out", po::value<std::string>(), "write the report to this file instead of standard output");
    return options;
}

CheckFormat parse_check_format(const std::string& name)
{
    return std::ranges::find_if(format_names, [&](const auto& each) { return name == each.first; })->second;
}

std::optional<x86::Vendor> chosen_vendor(const Options& options)
{
    if (!options.has("vendor")) return std::nullopt;
    return parse_vendor(options.get<std::string>("vendor"));
}

/// Shows how much of a file was read; of a pipe nobody knows how long it is.
class TraceProgress {
public:
    explicit TraceProgress(std::uint64_t bytes) : bytes_{bytes} {}
    void operator()(const trace::TraceReader& reader)
    {
        constexpr std::uint64_t mebibyte = std::uint64_t{1024} * 1024;
        if (bytes_ != 0) line_.show(std::min(reader.bytes_read(), bytes_) / mebibyte, bytes_ / mebibyte);
    }

private:
    output::ProgressLine line_{"judging, MiB"};
    std::uint64_t bytes_; ///< 0: not known
};

std::string report_of(const judge::Report& report, CheckFormat format, const Options& options)
{
    switch (format) {
    case CheckFormat::text: return judge::text_report(report);
    case CheckFormat::json: return judge::json_report(report);
    case CheckFormat::sarif:
        return judge::sarif_report(report, DRYWALK_VERSION, {.fingerprints = !options.has("no-fingerprints")});
    case CheckFormat::junit: return judge::junit_report(report);
    case CheckFormat::gcc: return judge::gcc_report(report);
    case CheckFormat::github: return judge::github_report(report);
    }
    return {};
}

judge::TraceVerdict judge_trace_files(const Options& options, const std::vector<std::string>& files)
{
    trace::ReadOptions reading;
    reading.skip_noise = options.has("skip-noise");
    if (options.has("accessor")) reading.accessors = options.get<std::vector<std::string>>("accessor");
    const trace::TraceInput input{files, std::move(reading)};
    TraceProgress progress{input.bytes()};
    return judge::judge_input(input, chosen_vendor(options), std::ref(progress));
}

/// The machine that --machine names.
std::optional<machine::Machine> chosen_machine(const Options& options)
{
    if (!options.has("machine")) return std::nullopt;
    return machine::load_machine(find_installation().machines, options.get<std::string>("machine"));
}

std::optional<judge::Baseline> chosen_baseline(const Options& options)
{
    if (!options.has("baseline")) return std::nullopt;
    return judge::load_baseline(options.get<std::string>("baseline"));
}

/// What a check writes.
struct CheckOutputs {
    std::optional<output::AtomicFile> report; ///< nothing: to standard output
    std::optional<output::AtomicFile> baseline;
};

CheckOutputs open_outputs(const Options& options, const std::vector<std::string>& inputs)
{
    output::Claims claims;
    for (const std::string& input : inputs)
        claims.reads(input);
    if (options.has("machine")) {
        claims.reads(machine::profile_file(find_installation().machines, options.get<std::string>("machine")));
    }
    std::optional<std::string> baseline;
    if (options.has("baseline")) claims.reads(baseline.emplace(options.get<std::string>("baseline")));
    std::optional<output::AtomicFile> report = report_file(options, claims);
    return {std::move(report), output_file(options, "write-baseline", claims, baseline)};
}

/// Several traces are merged; a scenario is judged alone.
void refuse_scenarios(const std::vector<std::string>& files)
{
    for (const std::string& file : files) {
        if (!holds_scenario(file)) continue;
        throw InputError(one_line(
            fmt::format("{}: is a scenario, beside other inputs (legal: one scenario alone, or traces)", file)));
    }
}

/// Makes reports of verdicts, as the options say. What they name is checked before anything is judged.
class Checker {
public:
    Checker(const Options& options, CheckOutputs outputs, output::MadeBy program)
        : options_{options}, outputs_{std::move(outputs)}, program_{std::move(program)},
          format_{parse_check_format(options.get<std::string>("format"))}, machine_{chosen_machine(options)},
          baseline_{chosen_baseline(options)}, sources_{options.get<std::string>("source-root")}
    {
        const auto& root = options.get<std::string>("source-root");
        if (!std::filesystem::is_directory(root))
            throw InputError(fmt::format("--source-root {}: no such directory", root));
    }

    int check_trace(const std::vector<std::string>& files)
    {
        judge::Report report;
        report.runs.push_back(checked(judge_trace_files(options_, files), {}));
        const bool nothing_judged = !report.runs.front().verdict.judged_something();
        const int code = finish(std::move(report));
        return nothing_judged && !options_.has("allow-empty") ? exit_bad_input : code;
    }

    int check_scenario_file(const std::string& file)
    {
        std::optional<std::string> machine;
        if (options_.has("machine")) machine = options_.get<std::string>("machine");
        ScenarioCheck check = check_scenario(file, chosen_vendor(options_).value_or(x86::Vendor::portable), machine);
        judge::Report report;
        report.scenario = check.title;
        for (DisciplineVerdict& one : check.verdicts)
            report.runs.push_back(checked(std::move(one.verdict), one.discipline));
        const int code = finish(std::move(report));
        for (const std::string& run : check.dead_runs)
            fmt::print(stderr, "drywalk: {}\n", one_line(run));
        return check.dead_runs.empty() ? code : exit_bad_input;
    }

private:
    judge::CheckedRun checked(judge::TraceVerdict verdict, const std::string& discipline)
    {
        if (machine_) add_prices(verdict, machine_->profile.costs);
        const std::vector<std::string> reasons = judge::acceptances(verdict, sources_);
        return judge::CheckedRun{std::move(verdict), discipline, reasons};
    }

    int finish(judge::Report report)
    {
        report.strict = options_.has("strict");
        report.made_by = program_;
        if (machine_) report.machine = machine_->name;
        const judge::Baseline found = baseline_of(report);
        if (baseline_) {
            report.baseline_file = options_.get<std::string>("baseline");
            report.compare_with(*baseline_);
        }
        write_report(outputs_.report, report_of(report, format_, options_));
        const auto judged = [](const judge::CheckedRun& run) { return run.verdict.judged_something(); };
        if (!std::ranges::any_of(report.runs, judged)) outputs_.baseline.reset(); // an empty one would hide nothing
        if (outputs_.baseline) write_report(outputs_.baseline, baseline_text(found));
        commit_outputs({pointer_to_file(outputs_.report), pointer_to_file(outputs_.baseline)});
        return report.failed() ? exit_not_as_expected : exit_as_expected;
    }

    const Options& options_;
    CheckOutputs outputs_;
    output::MadeBy program_;
    CheckFormat format_;
    std::optional<machine::Machine> machine_;
    std::optional<judge::Baseline> baseline_;
    judge::SourceTree sources_;
};

} // namespace

int command_check(const Arguments& arguments)
{
    const Options options{
        arguments,
        described(),
        "trace",
        "check FILE...|- [OPTION...]",
        "Judges a trace of page-table stores, control-register writes, invalidations and accesses\n"
        "against every TLB that the architecture permits. Compressed traces (gzip, xz, zstd) are read\n"
        "as they are; - is standard input. Logs of several processors, numbered by \"seq\", are merged.\n"
        "docs/trace_format.md tells the format, docs/findings.md what each kind of finding means,\n"
        "docs/continuous_integration.md how to run it after every change.\n"
        "A scenario can stand in for the trace: its kernel is run and judged under each discipline.\n"
        "Exit code: 0 clean, or nothing that is not known or accepted; 1 violations (with --strict, or\n"
        "warnings); 2 bad input, or nothing judged.\n",
        Options::Occurrence::several};
    if (options.helped()) return exit_as_expected;
    if (!options.has("trace")) throw InputError("check needs a trace: drywalk check FILE, or - for standard input");
    const auto files = options.get<std::vector<std::string>>("trace");
    if (options.get<std::string>("format") != "sarif") {
        refuse_given(options, {"no-fingerprints"}, "fingerprints are of SARIF (legal: with --format sarif)");
    }
    if (files.size() > 1) refuse_scenarios(files);
    Checker checker{options, open_outputs(options, files), made_by("check", arguments, files)};
    const bool of_scenario = files.size() == 1 && holds_scenario(files.front());
    if (!of_scenario) return checker.check_trace(files);
    refuse_given(options, {"skip-noise", "accessor"}, "it is for traces, and this is a scenario");
    return checker.check_scenario_file(files.front());
}

} // namespace drywalk::cli
