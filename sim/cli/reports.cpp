// SPDX-License-Identifier: MIT
// Where the reports of a command go.
#include "sim/cli/command.hpp"
#include "sim/input/input_error.hpp"
#include "sim/output/standard_output.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace drywalk::cli {

std::optional<output::AtomicFile> output_file(const Options& options, const std::string& option, output::Claims& claims,
                                              const std::optional<std::string>& renewed)
{
    if (!options.has(option)) return std::nullopt;
    const auto& name = options.get<std::string>(option);
    claims.writes(option, name, renewed);
    using Replaces = output::AtomicFile::Replaces;
    return output::AtomicFile{name, renewed ? Replaces::its_own_input : Replaces::no_input};
}

std::optional<output::AtomicFile> report_file(const Options& options, output::Claims& claims)
{
    if (!options.has("out")) claims.prints();
    return output_file(options, "out", claims);
}

void write_report(std::optional<output::AtomicFile>& file, const std::string& report)
{
    if (!file) return output::print(report);
    file->write(report);
}

void commit_outputs(std::initializer_list<output::AtomicFile*> files)
{
    output::require_printed();
    for (output::AtomicFile* const file : files) {
        if (file != nullptr) file->complete();
    }
    for (output::AtomicFile* const file : files) {
        if (file != nullptr) file->commit();
    }
}

std::optional<ReportFiles> report_files(const Options& options, const std::string& name, const std::string& kind,
                                        output::Claims& claims)
{
    if (!options.has("out")) return std::nullopt;
    const auto& folder = options.get<std::string>("out");
    if (folder.empty() || folder == "-") {
        throw InputError(
            fmt::format("--out \"{}\": a folder is expected (the report goes to standard output, too)", folder));
    }
    const std::filesystem::path stem = std::filesystem::path{folder} / (name + "." + kind);
    claims.writes("out", stem.string() + ".txt");
    claims.writes("out", stem.string() + ".json");
    return ReportFiles{output::AtomicFile{stem.string() + ".txt"}, output::AtomicFile{stem.string() + ".json"}};
}

void write_reports(ReportFiles& files, const std::string& text, const std::string& json)
{
    files.text.write(text);
    files.json.write(json);
}

} // namespace drywalk::cli
