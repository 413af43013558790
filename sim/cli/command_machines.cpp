// SPDX-License-Identifier: MIT
// drywalk machines
#include "sim/cli/command.hpp"
#include "sim/cli/installation.hpp"
#include "sim/input/input_error.hpp"
#include "sim/machine/machine_list.hpp"
#include "sim/output/standard_output.hpp"
#include "sim/output/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

/// The first of the mistakes.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string list_text(const machine::MachineList& list)
{
    output::TextTable table{{"machine", "numbers", "assumed", "what it models"}};
    table.align_left(3);
    for (const machine::Machine& machine : list.machines) {
        const auto assumed =
            std::ranges::count(machine.provenance, machine::Confidence::assumed, &machine::Provenance::confidence);
        table.add({machine.name, std::to_string(machine.provenance.size()), std::to_string(assumed), machine.title});
    }
    std::string text = table.text();
    for (const auto& [name, what] : list.broken)
        text += fmt::format("BROKEN: {}: {}\n", name, first_line(what));
    return text + "`drywalk machines NAME` shows every number with its source.\n";
}

std::string list_json(const machine::MachineList& list)
{
    nlohmann::ordered_json entries = nlohmann::ordered_json::array();
    for (const machine::Machine& machine : list.machines)
        entries.push_back({{"name", machine.name}, {"title", machine.title}});
    for (const auto& [name, what] : list.broken)
        entries.push_back({{"name", name}, {"broken", what}});
    return entries.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace

int command_machines(const Arguments& all)
{
    const bool show = !all.empty() && all.front() == "show";
    const Arguments arguments{all.begin() + (show ? 1 : 0), all.end()};
    po::options_description described{"options"};
    described.add_options()("format", format_value(), "text for people, json for tools");
    const Options options{arguments, described, "name", "machines [NAME|FILE.json] [OPTION...]",
                          "Lists the machine profiles, or shows one with every number and its source. Pointers and\n"
                          "values are shown as --set POINTER=VALUE and a scenario's machine_overrides take them.\n"};
    if (options.helped()) return exit_as_expected;
    if (show && !options.has("name")) throw InputError("machines show needs a name: drywalk machines NAME");
    const Format format = chosen_format(options);
    const std::filesystem::path directory = find_installation().machines;
    if (options.has("name")) {
        const machine::Machine machine = machine::load_machine(directory, options.get<std::string>("name"));
        output::print(format == Format::text ? describe(machine) : describe_json(machine));
        return exit_as_expected;
    }
    const machine::MachineList list = machine::list_machines(directory);
    output::print(format == Format::text ? list_text(list) : list_json(list));
    return exit_as_expected;
}

} // namespace drywalk::cli
