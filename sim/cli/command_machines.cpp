// SPDX-License-Identifier: MIT
// drywalk machines
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/input/input_error.hpp"
#include "sim/machine/machine.hpp"
#include "sim/output/standard_output.hpp"
#include "sim/output/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

std::string list_text(const std::vector<machine::Machine>& machines)
{
    output::TextTable table{{"machine", "numbers", "assumed", "what it models"}};
    table.align_left(3);
    for (const machine::Machine& machine : machines) {
        const auto assumed =
            std::ranges::count(machine.provenance, machine::Confidence::assumed, &machine::Provenance::confidence);
        table.add({machine.name, std::to_string(machine.provenance.size()), std::to_string(assumed), machine.title});
    }
    return table.text() + "`drywalk machines show NAME` shows every number with its source.\n";
}

std::string list_json(const std::vector<machine::Machine>& machines)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const machine::Machine& machine : machines)
        list.push_back({{"name", machine.name}, {"title", machine.title}});
    return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace

int command_machines(const Arguments& all)
{
    const bool show = !all.empty() && all.front() == "show";
    const Arguments arguments{all.begin() + (show ? 1 : 0), all.end()};
    po::options_description described{"options"};
    described.add_options()("format", po::value<std::string>()->default_value("text"),
                            "text for people, json for tools");
    const Options options{arguments, described, "name", "machines [show NAME] [OPTION...]",
                          "Lists the machine profiles, or shows one with every number and its source.\n"};
    if (options.helped()) return exit_as_expected;
    if (show && !options.has("name")) throw InputError("machines show needs a name: drywalk machines show NAME");
    const Format format = parse_format(options.get<std::string>("format"));
    const std::filesystem::path directory = find_installation().machines;
    if (options.has("name")) {
        const machine::Machine machine = machine::load_machine(directory, options.get<std::string>("name"));
        output::print(format == Format::text ? describe(machine) : describe_json(machine));
        return exit_as_expected;
    }
    std::vector<machine::Machine> machines;
    for (const std::string& name : machine::machine_names(directory)) {
        machines.push_back(machine::load_machine(directory, name));
    }
    output::print(format == Format::text ? list_text(machines) : list_json(machines));
    return exit_as_expected;
}

} // namespace drywalk::cli
