// SPDX-License-Identifier: MIT
// drywalk replay
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/cli/interruption.hpp"
#include "sim/input/input_error.hpp"
#include "sim/output/progress_line.hpp"
#include "sim/replay/native_writer.hpp"
#include "sim/replay/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace drywalk::cli {

namespace po = boost::program_options;
using replay::Reference;
using replay::ReferenceReader;

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1024} * 1024;
constexpr std::uint64_t least_table_mebibytes = 2;
constexpr std::uint64_t most_table_mebibytes = std::uint64_t{64} * 1024;
constexpr std::uint64_t most_guest_gibibytes = 1024;

po::options_description described()
{
    po::options_description options{"options"};
    options.add_options()                                                                                             //
        ("machine", po::value<std::string>(), "the profile to replay on; see drywalk machines")                       //
        ("pages", po::value<std::string>()->default_value("4k"), "4k, 2m, or thp: 4 KiB, collapsed into 2 MiB")       //
        ("input-format", po::value<std::string>(), "lackey, champsim or native, instead of what the file looks like") //
        ("warmup", po::value<std::uint64_t>(),
         "so many records of the trace fill TLBs and caches first and are not counted")                             //
        ("limit", po::value<std::uint64_t>(), "end after so many records of the trace, those of --warmup included") //
        ("seed", po::value<std::uint64_t>()->default_value(1), "decides which physical frame a page gets")          //
        ("table-memory", po::value<std::uint64_t>()->default_value(1024),
         "MiB that the page tables of the replayed program may take") //
        ("nested", po::value<std::string>(),
         "the program runs in a guest whose host maps pages of this size: 4k, 2m or 1g") //
        ("guest-memory", po::value<std::uint64_t>()->default_value(16),
         "GiB of that guest, its page tables included")                                                //
        ("format", po::value<std::string>()->default_value("text"), "text for people, json for tools") //
        ("out", po::value<std::string>(), "write the report to this file instead of standard output")  //
        ("convert", po::value<std::string>(),
         "replay nothing: write the trace to this file in the compact native format");
    return options;
}

replay::PagePolicy parse_pages(const std::string& name)
{
    for (const auto policy : {replay::PagePolicy::small, replay::PagePolicy::large, replay::PagePolicy::transparent}) {
        if (name == name_of(policy)) return policy;
    }
    throw InputError(fmt::format("--pages {}: no such policy; legal are 4k, 2m and thp", name));
}

std::optional<replay::InputFormat> parse_input_format(const Options& options)
{
    if (!options.has("input-format")) return std::nullopt;
    const auto& name = options.get<std::string>("input-format");
    const auto format = replay::input_format_named(name);
    if (format) return format;
    throw InputError(fmt::format("--input-format {}: no such format; legal are {}", name, replay::legal_input_formats));
}

/// The value of an option that counts something in whole units.
std::uint64_t within(const Options& options, const char* name, std::uint64_t least, std::uint64_t most)
{
    const auto value = options.get<std::uint64_t>(name);
    if (value >= least && value <= most) return value;
    throw InputError(fmt::format("--{} {}: legal are {} to {}", name, value, least, most));
}

replay::ReplayOptions replay_options(const Options& options)
{
    replay::ReplayOptions result;
    result.pages = parse_pages(options.get<std::string>("pages"));
    result.seed = options.get<std::uint64_t>("seed");
    if (options.has("warmup")) result.warmup_records = options.get<std::uint64_t>("warmup");
    result.table_bytes = within(options, "table-memory", least_table_mebibytes, most_table_mebibytes) * mebibyte;
    if (!options.has("nested")) return result;
    result.host_page_size = parse_host_page_size(options.get<std::string>("nested"));
    const std::uint64_t gibibytes = within(options, "guest-memory", 1, most_guest_gibibytes);
    result.guest_bytes = gibibytes * 1024 * mebibyte;
    if (result.table_bytes < result.guest_bytes) return result;
    throw InputError(fmt::format("--guest-memory {}: the page tables alone may take {} MiB (--table-memory)", gibibytes,
                                 result.table_bytes / mebibyte));
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
    const Interruption interruption;
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
    const auto& file = options.get<std::string>("convert");
    replay::NativeWriter writer{file};
    replay::InputFormat format{};
    const Ended ended =
        read_file(options, format, [&](std::span<const Reference> references) { writer.write(references); });
    refuse_empty(trace_name(options), writer.records(), ended);
    writer.finish(ended.interrupted || ended.cut_short);
    fmt::print("{} records of a {} trace written to {}{}\n", writer.records(), name_of(format), file,
               ended.interrupted ? "; PARTIAL: interrupted" : "");
    return ended.interrupted ? exit_interrupted : exit_as_expected;
}

int replay_trace(const Options& options)
{
    const Format format = parse_format(options.get<std::string>("format"));
    replay::ReplayReport report;
    report.options = replay_options(options);
    const machine::Machine machine =
        machine::load_machine(find_installation().machines, options.get<std::string>("machine"));
    replay::Replay replay{machine.profile, report.options};
    const Ended ended =
        read_file(options, report.format, [&](std::span<const Reference> references) { replay.play(references); });
    report.trace = trace_name(options);
    report.machine = &machine;
    report.result = replay.result();
    report.partial = ended.interrupted;
    report.limited = ended.limited;
    report.cut_short = ended.cut_short;
    refuse_endless_warmup(report, ended);
    refuse_empty(report.trace, report.result.counts.records, ended);
    deliver(options, format == Format::text ? text_report(report) : json_report(report));
    return ended.interrupted ? exit_interrupted : exit_as_expected;
}

} // namespace

int command_replay(const Arguments& arguments)
{
    const Options options{
        arguments, described(), "trace", "replay --machine NAME FILE|- [OPTION...]",
        "Replays the memory references of a recorded program on a machine profile: TLB hits and misses,\n"
        "page walks and where their entries were, cycles by category. Pages are mapped when they are\n"
        "first touched, by the kernel model's own allocator and tables. Reads Valgrind lackey text,\n"
        "ChampSim records and drywalk's compact format, also gzip, xz and zstd; - is standard input.\n"
        "docs/replay.md shows how to record a program.\n"
        "Exit code: 0 done, 2 bad input, 130 interrupted: the report says that it is partial.\n"};
    if (options.helped()) return exit_as_expected;
    if (!options.has("trace")) throw InputError("replay needs a trace: drywalk replay FILE, or - for standard input");
    if (options.has("convert")) {
        for (const char* const name : {"machine", "warmup"}) {
            if (options.has(name)) throw InputError(fmt::format("--convert replays nothing: leave --{} out", name));
        }
        return convert(options);
    }
    if (!options.has("machine")) throw InputError("replay needs --machine NAME; drywalk machines lists them");
    return replay_trace(options);
}

} // namespace drywalk::cli
