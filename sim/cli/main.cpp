// SPDX-License-Identifier: MIT
// drywalk: the command line.
#include "sim/cli/command.hpp"
#include "sim/cli/guard.hpp"
#include "sim/cli/version.hpp"
#include "sim/input/complaint.hpp"
#include "sim/output/leftovers.hpp"
#include "sim/output/standard_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace drywalk::cli {

namespace {

constexpr std::array commands{
    Command{"run", "run a scenario in the simulator and report hazards and cycles", command_run},
    Command{"check", "judge a trace: may any permitted TLB make an access go wrong?", command_check},
    Command{"boot", "boot the same kernel on QEMU, Bochs or KVM and compare it with the simulator", command_boot},
    Command{"calibrate", "simulate measured pointer chases and compare the latencies", command_calibrate},
    Command{"replay", "replay a recorded program: TLB misses, page walks, cycles", command_replay},
    Command{"machines", "list the machine profiles, or show one with its sources", command_machines},
    Command{"validate", "check a scenario file without running it", command_validate},
};

void print_help()
{
    std::string text =
        fmt::format("drywalk {}: dry-run your page walks\n\nusage: drywalk COMMAND [OPTION...]\n\n", version);
    for (const Command& command : commands)
        text += fmt::format("  {:<10}{}\n", command.name, command.summary);
    text += fmt::format("  {:<10}{}\n  {:<10}{}\n\n`drywalk COMMAND --help` or `drywalk help COMMAND` says more. First "
                        "run:\n  drywalk run scenarios/cross_image_stale_global.json\n",
                        "test", "build everything and run all tests; only ./drywalk in the checkout has it",
                        "--version", "say which version this is");
    output::print(text);
}

const Command& command_named(const std::string& name)
{
    const auto* const command = std::ranges::find_if(commands, [&](const Command& each) { return name == each.name; });
    if (command != commands.end()) return *command;
    std::vector<std::string> legal;
    for (const Command& each : commands)
        legal.emplace_back(each.name);
    throw InputError(
        fmt::format("{}: no such command; legal are {}", one_line(name.substr(0, 60)), fmt::join(legal, ", ")));
}

int help(const Arguments& arguments)
{
    if (arguments.empty()) {
        print_help();
        return exit_as_expected;
    }
    return command_named(arguments.front()).run({"--help"});
}

int dispatch(const Arguments& arguments)
{
    if (arguments.empty()) {
        print_help();
        return exit_bad_input;
    }
    const std::string& name = arguments.front();
    const Arguments rest{arguments.begin() + 1, arguments.end()};
    if (name == "--help" || name == "-h" || name == "help") return help(rest);
    if (name == "--version") {
        output::print(fmt::format("drywalk {} ({})\n", version, built_from()));
        return exit_as_expected;
    }
    return command_named(name).run(rest);
}

/// What the command was about, for a failure that knows neither file nor place.
std::string shown(int count, char** arguments)
{
    std::string text;
    for (int index = 1; index < count && index < 4; ++index)
        text += fmt::format("{}{}", index == 1 ? "" : " ", one_line(std::string{arguments[index]}.substr(0, 60)));
    return count > 4 ? text + " ..." : text;
}

} // namespace

} // namespace drywalk::cli

int main(int count, char** arguments)
{
    using namespace drywalk;
    output::occupy_standard_streams();
    output::remove_leftovers_on_signals();
    const int code = cli::guarded(cli::shown(count, arguments), [&] {
        return cli::dispatch({arguments + 1, arguments + count});
    });
    const std::optional<std::string> lost = output::finish_printing();
    if (!lost) return code;
    fmt::print(stderr, "drywalk: the report cannot be written to standard output: {}\n", *lost);
    return cli::exit_bad_input;
}
