// SPDX-License-Identifier: MIT
// drywalk replay
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/interruption.hpp"
#include "sim/cli/made_by.hpp"
#include "sim/input/complaint.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/output/standard_output.hpp"
#include "sim/replay/native_writer.hpp"
#include "sim/replay/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>

#include <cstdio>
#include <unistd.h>

namespace drywalk::cli {

namespace po = boost::program_options;
using replay::Reference;
using replay::ReferenceReader;

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1024} * 1024;
constexpr std::uint64_t least_table_mebibytes = 2;
constexpr std::uint64_t most_table_mebibytes = std::uint64_t{64} * 1024;
constexpr std::uint64_t most_guest_gibibytes = 1024;

constexpr std::uint64_t most_records = std::numeric_limits<std::uint64_t>::max();

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options() //
        ("machine", texts(),
         "the profile to replay on (a name or a FILE.json; see drywalk machines); several: one report each") //
        ("set", texts(),
         "POINTER=VALUE: another value for a number, name or flag of the profiles; any number of times")           //
        ("pages", choice({"4k", "2m", "thp"})->default_value("4k"), "4k, 2m, or thp: 4 KiB, collapsed into 2 MiB") //
        ("input-format", choice({"lackey", "champsim", "native"}),
         "lackey, champsim or native, instead of what the file looks like") //
        ("warmup", number(1, most_records),
         "so many records of the trace fill TLBs and caches first and are not counted")                          //
        ("limit", number(0, most_records), "end after so many records of the trace, those of --warmup included") //
        ("seed", number(0, most_records)->default_value(1), "decides which physical frame a page gets")          //
        ("table-memory", number(least_table_mebibytes, most_table_mebibytes)->default_value(1024),
         "MiB that the page tables of the replayed program may take") //
        ("nested", host_page_size_value(),
         "the program runs in a guest whose host maps pages of this size: 4k, 2m or 1g") //
        ("guest-memory", number(1, most_guest_gibibytes)->default_value(16),
         "GiB of that guest, its page tables included")                                               //
        ("format", format_value(), "text for people, json for tools")                                 //
        ("out", po::value<std::string>(), "write the report to this file instead of standard output") //
        ("convert", po::value<std::string>(),
         "replay nothing: write the trace to this file in the compact native format");
    return options;
}

replay::PagePolicy parse_pages(const std::string& name)
{
    constexpr replay::PagePolicy all[] = {replay::PagePolicy::small, replay::PagePolicy::large,
                                          replay::PagePolicy::transparent};
    return *std::ranges::find_if(all, [&](replay::PagePolicy policy) { return name == name_of(policy); });
}

std::optional<replay::InputFormat> parse_input_format(const Options& options)
{
    if (!options.has("input-format")) return std::nullopt;
    return replay::input_format_named(options.get<std::string>("input-format"));
}

/// The page tables lie in the guest's memory and may not be all of it.
void check_guest_memory(const Options& options, const replay::ReplayOptions& replay)
{
    if (replay.table_bytes < replay.guest_bytes) return;
    const std::uint64_t tables = replay.table_bytes / mebibyte;
    throw InputError(fmt::format(
        "--guest-memory {}: the page tables alone may take {} MiB (legal: --guest-memory {} or "
        "more, or --table-memory {} or less)",
        options.get<std::uint64_t>("guest-memory"), tables, tables / 1024 + 1, replay.guest_bytes / mebibyte - 1));
}

replay::ReplayOptions replay_options(const Options& options)
{
    replay::ReplayOptions result;
    result.pages = parse_pages(options.get<std::string>("pages"));
    result.seed = options.get<std::uint64_t>("seed");
    if (options.has("warmup")) result.warmup_records = options.get<std::uint64_t>("warmup");
    result.table_bytes = options.get<std::uint64_t>("table-memory") * mebibyte;
    result.host_page_size = chosen_host_page_size(options);
    if (!result.host_page_size) {
        refuse_given(options, {"guest-memory"}, "there is no guest (legal: with --nested)");
        return result;
    }
    result.guest_bytes = options.get<std::uint64_t>("guest-memory") * 1024 * mebibyte;
    check_guest_memory(options, result);
    return result;
}

/// Shows how much of a file was read, and how fast; of a pipe nobody knows how long it is.
class ReplayProgress {
public:
    explicit ReplayProgress(const std::string& file)
    {
        std::error_code error;
        bytes_ = file == "-" ? 0 : std::filesystem::file_size(file, error);
        if (error) bytes_ = 0;
    }
    void show(const ReferenceReader& reader, std::uint64_t records)
    {
        constexpr std::uint64_t between_reports = 1'000'000;
        if (records < next_) return;
        next_ = records + between_reports;
        const std::uint64_t consumed = bytes_ == 0 ? reader.consumed() : std::min(reader.consumed(), bytes_);
        const double rate = static_cast<double>(records) / 1e6 / line_.seconds();
        line_.show(consumed / mebibyte, bytes_ / mebibyte, fmt::format(", {:.1f} million records/s", rate));
    }

private:
    output::ProgressLine line_{"replaying, MiB"};
    std::uint64_t bytes_ = 0;
    std::uint64_t next_ = 0;
};

/// How the reading of a trace ended.
struct Ended {
    bool interrupted = false;
    bool limited = false;
    bool cut_short = false;
};

using Sink = std::function<void(std::span<const Reference>)>;

/// Gives the trace to `sink`, batch by batch.
Ended read_trace(ReferenceReader& reader, std::uint64_t limit, ReplayProgress& progress, const Sink& sink)
{
    constexpr std::size_t batch = 4096;
    std::vector<Reference> references(batch);
    for (std::uint64_t records = 0;;) {
        if (Interruption::requested()) return {.interrupted = true};
        const std::size_t count = reader.read(references);
        if (count == 0) return {.cut_short = reader.cut_short()};
        const std::uint64_t wanted = std::min<std::uint64_t>(count, limit - records);
        sink({references.data(), wanted});
        records += wanted;
        progress.show(reader, records);
        if (wanted < count) return {.limited = true};
    }
}

std::string trace_name(const Options& options)
{
    const auto& file = options.get<std::string>("trace");
    return file == "-" ? "standard input" : file;
}

/// The same from a file. A read that waits for input ends with an interruption, too.
Ended read_file(const Options& options, replay::InputFormat& format, const Sink& sink)
{
    const std::string file = options.get<std::string>("trace");
    ReplayProgress progress{file};
    const std::uint64_t limit =
        options.has("limit") ? options.get<std::uint64_t>("limit") : std::numeric_limits<std::uint64_t>::max();
    try {
        const auto reader = replay::open_references(trace::open_bytes(file, &Interruption::requested()),
                                                    trace_name(options), parse_input_format(options));
        format = reader->format();
        return read_trace(*reader, limit, progress, sink);
    } catch (const trace::Interrupted&) {
        return {.interrupted = true};
    }
}

void refuse_empty(const std::string& file, std::uint64_t records, const Ended& ended)
{
    if (records != 0 || ended.interrupted || ended.limited) return;
    throw InputError(fmt::format("{}: holds no references (was lackey told --trace-mem=yes?)", file));
}

/// A warm-up that the trace does not outlast leaves nothing to report.
void refuse_endless_warmup(const replay::ReplayReport& report, const Ended& ended)
{
    const std::uint64_t warmup = report.options.warmup_records;
    if (warmup == 0 || report.result.counts.records != 0 || ended.interrupted) return;
    throw InputError(fmt::format("--warmup {}: no record of {} is left to be counted (legal: fewer than are replayed)",
                                 warmup, report.trace));
}

int convert(const Options& options)
{
    const Interruption interruption; // until the file stands: who sends a signal may send it again
    const auto& file = options.get<std::string>("convert");
    output::Claims claims;
    claims.reads(options.get<std::string>("trace"));
    claims.writes("convert", file);
    replay::NativeWriter writer{file};
    replay::InputFormat format{};
    const Ended ended =
        read_file(options, format, [&](std::span<const Reference> references) { writer.write(references); });
    refuse_empty(trace_name(options), writer.records(), ended);
    writer.finish(ended.interrupted || ended.cut_short);
    const bool to_standard_output = output::destination_of(file).descriptor == STDOUT_FILENO;
    const std::string done =
        fmt::format("{} records of a {} trace written to {}{}\n", writer.records(), name_of(format), one_line(file),
                    ended.interrupted ? "; PARTIAL: interrupted" : "");
    if (to_standard_output)
        std::fputs(done.c_str(), stderr);
    else
        output::print(done);
    return ended.interrupted ? exit_interrupted : exit_as_expected;
}

/// One machine that the trace is replayed on.
struct Lane {
    machine::Machine chosen;
    replay::Replay player;

    Lane(machine::Machine on, const replay::ReplayOptions& options)
        : chosen{std::move(on)}, player{chosen.profile, options}
    {
    }
};

/// In the order of the command line. In one place each: a replay refers to its machine.
std::vector<std::unique_ptr<Lane>> lanes_of(const Options& options, const std::filesystem::path& machines,
                                            const replay::ReplayOptions& how)
{
    const std::vector<machine::MachineOverride> overrides = parse_overrides(options);
    std::vector<std::unique_ptr<Lane>> lanes;
    for (const std::string& name : options.get<std::vector<std::string>>("machine")) {
        lanes.push_back(std::make_unique<Lane>(machine::load_machine(machines, name, overrides), how));
    }
    return lanes;
}

/// One report, or those of several machines after each other; as JSON a list then.
std::string joined(const std::vector<std::string>& reports, Format format)
{
    if (reports.size() == 1) return reports.front();
    if (format == Format::text) return fmt::format("{}", fmt::join(reports, "\n"));
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const std::string& report : reports)
        list.push_back(nlohmann::ordered_json::parse(report));
    return list.dump(2) + '\n';
}

int replay_trace(const Options& options, const Arguments& arguments)
{
    const Interruption interruption; // until the report is written
    const Format format = chosen_format(options);
    replay::ReplayReport report;
    report.options = replay_options(options);
    const std::filesystem::path machines = find_installation().machines;
    output::Claims claims;
    claims.reads(options.get<std::string>("trace"));
    for (const std::string& name : options.get<std::vector<std::string>>("machine"))
        claims.reads(machine::profile_file(machines, name));
    std::optional<output::AtomicFile> file = report_file(options, claims);
    const std::vector<std::unique_ptr<Lane>> lanes = lanes_of(options, machines, report.options);
    const Ended ended = read_file(options, report.format, [&](std::span<const Reference> references) {
        for (const std::unique_ptr<Lane>& lane : lanes)
            lane->player.play(references);
    });
    report.trace = trace_name(options);
    report.partial = ended.interrupted;
    report.limited = ended.limited;
    report.cut_short = ended.cut_short;
    std::vector<std::string> reports;
    for (const std::unique_ptr<Lane>& lane : lanes) {
        report.machine = &lane->chosen;
        report.program = made_by("replay", arguments, {report.trace}, lane->chosen, machines);
        report.result = lane->player.result();
        refuse_endless_warmup(report, ended);
        refuse_empty(report.trace, report.result.counts.records, ended);
        reports.push_back(format == Format::text ? text_report(report, output::page_width_of_output())
                                                 : json_report(report));
    }
    write_report(file, joined(reports, format));
    commit_outputs({pointer_to_file(file)});
    return ended.interrupted ? exit_interrupted : exit_as_expected;
}

} // namespace

int command_replay(const Arguments& arguments)
{
    const Options options{
        arguments, described(), "trace", "replay --machine NAME... FILE|- [OPTION...]",
        "Replays the memory references of a recorded program on a machine profile: TLB hits and misses,\n"
        "page walks and where their entries were, cycles by category. Pages are mapped when they are\n"
        "first touched, by the kernel model's own allocator and tables. Reads Valgrind lackey text,\n"
        "ChampSim records and drywalk's compact format, also gzip, xz and zstd; - is standard input.\n"
        "docs/replay.md shows how to record a program.\n"
        "Exit code: 0 done, 2 bad input, 130 interrupted: the report says that it is partial.\n"};
    if (options.helped()) return exit_as_expected;
    if (!options.has("trace")) throw InputError("replay needs a trace: drywalk replay FILE, or - for standard input");
    if (options.has("convert")) {
        refuse_given(
            options,
            {"machine", "set", "pages", "seed", "table-memory", "nested", "guest-memory", "format", "out", "warmup"},
            "--convert replays nothing (legal: without it)");
        return convert(options);
    }
    if (!options.has("machine")) throw InputError("replay needs --machine NAME; drywalk machines lists them");
    return replay_trace(options, arguments);
}

} // namespace drywalk::cli
