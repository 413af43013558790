// SPDX-License-Identifier: MIT
// drywalk: the command line.
#include "sim/cli/command.hpp"
#include "sim/input/complaint.hpp"
#include "sim/output/leftovers.hpp"
#include "sim/output/standard_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <new>

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
    std::string text = "drywalk " DRYWALK_VERSION ": dry-run your page walks\n\nusage: drywalk COMMAND [OPTION...]\n\n";
    for (const Command& command : commands)
        text += fmt::format("  {:<10}{}\n", command.name, command.summary);
    text += fmt::format("  {:<10}{}\n\n`drywalk COMMAND --help` says more. First run:\n"
                        "  drywalk run scenarios/cross_image_stale_global.json\n",
                        "--version", "say which version this is");
    output::print(text);
}

int dispatch(const Arguments& arguments)
{
    if (arguments.empty()) {
        print_help();
        return exit_bad_input;
    }
    const std::string& name = arguments.front();
    if (name == "--help" || name == "-h" || name == "help") {
        print_help();
        return exit_as_expected;
    }
    if (name == "--version") {
        output::print("drywalk " DRYWALK_VERSION "\n");
        return exit_as_expected;
    }
    const auto* const command = std::ranges::find_if(commands, [&](const Command& each) { return name == each.name; });
    if (command == commands.end()) {
        throw InputError(fmt::format(
            "{}: no such command; legal are run, check, boot, calibrate, replay, machines, validate", name));
    }
    return command->run({arguments.begin() + 1, arguments.end()});
}

/// Says what went wrong.
int dispatch_safely(const Arguments& arguments)
{
    try {
        return dispatch(arguments);
    } catch (const std::bad_alloc&) {
        std::fputs("drywalk: not enough memory (what it takes grows with the memory and the findings of the input)\n",
                   stderr);
    } catch (const std::exception& error) {
        fmt::print(stderr, "drywalk: {}\n", one_line(error.what()));
    }
    return exit_bad_input;
}

} // namespace

} // namespace drywalk::cli

int main(int count, char** arguments)
{
    using namespace drywalk;
    output::occupy_standard_streams();
    output::remove_leftovers_on_signals();
    const int code = cli::dispatch_safely({arguments + 1, arguments + count});
    const std::optional<std::string> lost = output::finish_printing();
    if (!lost) return code;
    fmt::print(stderr, "drywalk: the report cannot be written to standard output: {}\n", *lost);
    return cli::exit_bad_input;
}
