// SPDX-License-Identifier: MIT
// drywalk: the command line.
#include "sim/cli/command.hpp"
#include "sim/cli/guard.hpp"
#include "sim/cli/version.hpp"
#include "sim/input/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

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
    fmt::print("drywalk {}: dry-run your page walks\n\nusage: drywalk COMMAND [OPTION...]\n\n", version);
    for (const Command& command : commands)
        fmt::print("  {:<10}{}\n", command.name, command.summary);
    fmt::print("  {:<10}{}\n\n`drywalk COMMAND --help` says more. First run:\n"
               "  drywalk run scenarios/cross_image_stale_global.json\n",
               "--version", "say which version this is");
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
        fmt::print("drywalk {} ({})\n", version, built_from());
        return exit_as_expected;
    }
    const auto* const command = std::ranges::find_if(commands, [&](const Command& each) { return name == each.name; });
    if (command == commands.end()) {
        std::vector<std::string> legal;
        for (const Command& each : commands)
            legal.emplace_back(each.name);
        throw InputError(fmt::format("{}: no such command; legal are {}", name, fmt::join(legal, ", ")));
    }
    return command->run({arguments.begin() + 1, arguments.end()});
}

} // namespace

} // namespace drywalk::cli

int main(int count, char** arguments)
{
    using namespace drywalk;
    return cli::guarded([&] { return cli::dispatch({arguments + 1, arguments + count}); });
}
