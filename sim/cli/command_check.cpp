// SPDX-License-Identifier: MIT
// drywalk check
#include "sim/cli/check_scenario.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/output.hpp"
#include "sim/judge/report.hpp"
#include "sim/judge/trace_judge.hpp"
#include "sim/scenario/complaint.hpp"
#include "sim/scenario/input_error.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

enum class CheckFormat { text, json, sarif };

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options() //
        ("format", po::value<std::string>()->default_value("text"),
         "text for people, json for tools, sarif for source annotations")                                      //
        ("vendor", po::value<std::string>(), "intel, amd, amd-tce or portable, instead of the trace's header") //
        ("strict", "warnings fail, too")                                                                       //
        ("allow-empty", "a trace without accesses and releases is no error")                                   //
        ("skip-noise", "skip lines that do not begin with {\" (serial logs)")                                  //
        ("accessor", po::value<std::vector<std::string>>(),
         "a function or a file whose frames of a stack do not count; any number of times") //
        ("out", po::value<std::string>(), "write the report to this file instead of standard output");
    return options;
}

CheckFormat parse_check_format(const std::string& name)
{
    if (name == "text") return CheckFormat::text;
    if (name == "json") return CheckFormat::json;
    if (name == "sarif") return CheckFormat::sarif;
    throw InputError(fmt::format("--format {}: no such format; legal are text, json and sarif", name));
}

std::optional<x86::Vendor> chosen_vendor(const Options& options)
{
    if (!options.has("vendor")) return std::nullopt;
    return parse_vendor(options.get<std::string>("vendor"));
}

/// A scenario has a workload, and its first line is no trace header.
bool is_scenario(const std::string& file)
{
    constexpr std::size_t most = std::size_t{64} * 1024;
    std::error_code ignored;
    if (file == "-" || !std::filesystem::is_regular_file(file, ignored)) return false;
    std::string text(most, '\0');
    std::ifstream stream{file, std::ios::binary};
    text.resize(static_cast<std::size_t>(stream.read(text.data(), most).gcount()));
    const std::string first_line = text.substr(0, text.find('\n'));
    return first_line.find("\"drywalk_trace\"") == std::string::npos && text.find("\"workload\"") != std::string::npos;
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
    ProgressLine line_{"judging, MiB"};
    std::uint64_t bytes_; ///< 0: not known
};

std::string report_of(const judge::TraceVerdict& verdict, CheckFormat format)
{
    switch (format) {
    case CheckFormat::text: return judge::text_report(verdict);
    case CheckFormat::json: return judge::json_report(verdict);
    case CheckFormat::sarif: return judge::sarif_report(verdict, DRYWALK_VERSION);
    }
    return {};
}

judge::TraceVerdict check_files(const Options& options, const std::vector<std::string>& files)
{
    trace::ReadOptions reading;
    reading.skip_noise = options.has("skip-noise");
    if (options.has("accessor")) reading.accessors = options.get<std::vector<std::string>>("accessor");
    const trace::TraceInput input{files, std::move(reading)};
    TraceProgress progress{input.bytes()};
    return judge::judge_input(input, chosen_vendor(options), std::ref(progress));
}

int exit_code_of(const judge::TraceVerdict& verdict, const Options& options)
{
    if (!verdict.judged_something()) return options.has("allow-empty") ? exit_as_expected : exit_bad_input;
    const bool failed = !verdict.clean() || (options.has("strict") && verdict.warnings.total != 0);
    return failed ? exit_not_as_expected : exit_as_expected;
}

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
        "docs/trace_format.md tells the format.\n"
        "A scenario can stand in for the trace: its kernel is run and judged under each discipline.\n"
        "Exit code: 0 clean, 1 violations (with --strict, or warnings), 2 bad input or nothing judged.\n",
        Options::Occurrence::several};
    if (options.helped()) return exit_as_expected;
    if (!options.has("trace")) throw InputError("check needs a trace: drywalk check FILE, or - for standard input");
    const CheckFormat format = parse_check_format(options.get<std::string>("format"));
    const auto files = options.get<std::vector<std::string>>("trace");
    const std::string& file = files.front();
    if (files.size() == 1 && is_scenario(file)) {
        if (format == CheckFormat::sarif) throw InputError("--format sarif: for traces; legal here are text and json");
        const ScenarioCheck check = check_scenario(file, chosen_vendor(options).value_or(x86::Vendor::portable));
        deliver(options, format == CheckFormat::json ? check.json : check.text);
        const bool failed = check.violations != 0 || (options.has("strict") && check.warnings != 0);
        return failed ? exit_not_as_expected : exit_as_expected;
    }
    const judge::TraceVerdict verdict = check_files(options, files);
    deliver(options, report_of(verdict, format));
    return exit_code_of(verdict, options);
}

} // namespace drywalk::cli
