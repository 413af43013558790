// SPDX-License-Identifier: MIT
// drywalk validate
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/input/complaint.hpp"
#include "sim/output/standard_output.hpp"

#include <fmt/format.h>

namespace drywalk::cli {

int command_validate(const Arguments& arguments)
{
    const Options options{arguments, boost::program_options::options_description{"options"}, "scenario",
                          "validate SCENARIO.json",
                          "Checks a scenario against the schema and everything else that is known before a run.\n"
                          "Exit code: 0 valid, 2 not.\n"};
    if (options.helped()) return exit_as_expected;
    if (!options.has("scenario")) throw InputError("validate needs a scenario file: drywalk validate SCENARIO.json");
    const std::string file = options.get<std::string>("scenario");
    const scenario::Scenario scenario = scenario::load_scenario(file, find_installation().data);
    output::print(fmt::format("{}: valid: {} on {}, {} disciplines\n", one_line(file), one_line(scenario.name),
                              one_line(scenario.machine), scenario.disciplines.size()));
    return exit_as_expected;
}

} // namespace drywalk::cli
