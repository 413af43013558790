// SPDX-License-Identifier: MIT
// The subcommands, and what they share: options, help, usage errors.
#pragma once

#include "kernel_model/program/workload.hpp"
#include "models/x86/invalidation.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/option_values.hpp"
#include "sim/machine/machine.hpp"
#include "sim/output/atomic_file.hpp"
#include "sim/output/claims.hpp"

#include <boost/program_options.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace drywalk::cli {

using Arguments = std::vector<std::string>;

/// A subcommand: `run` gets the arguments after its name.
struct Command {
    const char* name;
    const char* summary;
    int (*run)(const Arguments& arguments);
};

int command_run(const Arguments& arguments);
int command_boot(const Arguments& arguments);
int command_calibrate(const Arguments& arguments);
int command_check(const Arguments& arguments);
int command_machines(const Arguments& arguments);
int command_replay(const Arguments& arguments);
int command_validate(const Arguments& arguments);

/// The options of one subcommand, parsed.
class Options {
public:
    enum class Occurrence : std::uint8_t {
        once,
        several, ///< the value is a std::vector<std::string>
    };

    /// `positional` names the option that stands without its name, once or any number of times; empty: there is none.
    /// `usage` is the line after "usage: drywalk ".
    Options(const Arguments& arguments, boost::program_options::options_description described,
            const std::string& positional, const std::string& usage, const std::string& about,
            Occurrence occurrence = Occurrence::once);

    /// True if --help was given; the help has been printed then.
    [[nodiscard]] bool helped() const { return helped_; }
    [[nodiscard]] bool has(const std::string& name) const { return values_.count(name) != 0; }
    /// True if it stands on the command line: a default does not count.
    [[nodiscard]] bool given(const std::string& name) const { return has(name) && !values_[name].defaulted(); }
    template <typename Value>
    [[nodiscard]] const Value& get(const std::string& name) const
    {
        return values_[name].as<Value>();
    }

private:
    boost::program_options::variables_map values_;
    bool helped_ = false;
};

/// The file that `option` names, if it is given, claimed and open before the work begins. `renewed`: an input that it
/// may replace. Throws InputError.
[[nodiscard]] std::optional<output::AtomicFile> output_file(const Options& options, const std::string& option,
                                                            output::Claims& claims,
                                                            const std::optional<std::string>& renewed = {});

/// The file that --out names; nothing if the report goes to standard output. Throws InputError.
[[nodiscard]] std::optional<output::AtomicFile> report_file(const Options& options, output::Claims& claims);

/// Writes a report to `file`, if there is one, else to standard output. Throws InputError.
void write_report(std::optional<output::AtomicFile>& file, const std::string& report);

/// `file` for commit_outputs(); null if there is none.
[[nodiscard]] inline output::AtomicFile* pointer_to_file(std::optional<output::AtomicFile>& file)
{
    return file ? &*file : nullptr;
}

/// The last that a command does: only when all that it printed and all of `files` is written does the first file take
/// its place. Throws InputError, and then all is as it was.
void commit_outputs(std::initializer_list<output::AtomicFile*> files);

/// A report as two files of the folder that --out names, open before the work begins.
struct ReportFiles {
    output::AtomicFile text, json;
};

/// NAME.KIND.txt and NAME.KIND.json in that folder, if --out is given. Throws InputError.
[[nodiscard]] std::optional<ReportFiles> report_files(const Options& options, const std::string& name,
                                                      const std::string& kind, output::Claims& claims);

void write_reports(ReportFiles& files, const std::string& text, const std::string& json);

enum class Format { text, json };

/// The values of --format, --vendor, --nested and --discipline, for their descriptions.
[[nodiscard]] boost::program_options::typed_value<std::string>* format_value();
[[nodiscard]] boost::program_options::typed_value<std::string>* vendor_value();
[[nodiscard]] boost::program_options::typed_value<std::string>* host_page_size_value();
[[nodiscard]] boost::program_options::typed_value<std::vector<std::string>>* discipline_values();

/// The value of --format.
[[nodiscard]] Format chosen_format(const Options& options);

/// `name` as a value of --vendor.
[[nodiscard]] x86::Vendor parse_vendor(const std::string& name);

/// The value of --nested, if it is given: the size of a host's pages.
[[nodiscard]] std::optional<x86::PageSize> chosen_host_page_size(const Options& options);

/// The values of --discipline; none: all that the scenario names.
[[nodiscard]] std::vector<kernel::Discipline> parse_disciplines(const Options& options);

/// The values of --set: other values for numbers of a machine profile. Throws InputError.
[[nodiscard]] std::vector<machine::MachineOverride> parse_overrides(const Options& options);

/// Throws InputError if one of `names` is given; `why` says why it would do nothing and what would be legal.
void refuse_given(const Options& options, const std::vector<std::string>& names, const std::string& why);

} // namespace drywalk::cli
