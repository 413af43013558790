// SPDX-License-Identifier: MIT
#include "models/x86/vendor_names.hpp"
#include "sim/cli/command.hpp"
#include "sim/input/complaint.hpp"
#include "sim/machine/override.hpp"
#include "sim/output/standard_output.hpp"
#include "sim/scenario/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace drywalk::cli {

namespace po = boost::program_options;

namespace {

constexpr std::size_t longest_shown = 160;

[[nodiscard]] std::string cut(const std::string& text)
{
    return text.size() <= longest_shown ? text : text.substr(0, longest_shown) + "...";
}

/// As it was typed, if that fits a line; in quotes otherwise, and where nothing would be seen.
[[nodiscard]] std::string value_shown(const std::string& value)
{
    const auto plain = [](unsigned char letter) { return letter > ' ' && letter < 0x7f; };
    const bool shows = !value.empty() && value.size() <= 40 && std::ranges::all_of(value, plain);
    return shows ? value : in_quotes(value);
}

} // namespace

Options::Options(const Arguments& arguments, po::options_description described, const std::string& positional,
                 const std::string& usage, const std::string& about, Occurrence occurrence)
{
    described.add_options()("help,h", "show this help");
    po::positional_options_description position;
    po::options_description all{described};
    if (!positional.empty()) {
        const bool once = occurrence == Occurrence::once;
        position.add(positional.c_str(), once ? 1 : -1);
        if (once)
            all.add_options()(positional.c_str(), po::value<std::string>());
        else
            all.add_options()(positional.c_str(), po::value<std::vector<std::string>>());
    }
    try {
        po::store(po::command_line_parser(arguments).options(all).positional(position).run(), values_);
        po::notify(values_);
    } catch (const IllegalValue& error) {
        std::string name = error.get_option_name();
        name.erase(0, name.find_first_not_of('-'));
        throw InputError(fmt::format("--{} {}: {}", name, value_shown(error.value()), error.reason()));
    } catch (const po::error& error) {
        throw InputError(fmt::format("{} (usage: drywalk {}; --help says more)", cut(one_line(error.what())), usage));
    }
    if (values_.count("help") == 0) return;
    std::ostringstream text;
    text << described;
    output::print(fmt::format("usage: drywalk {}\n\n{}\n{}", usage, about, text.str()));
    helped_ = true;
}

po::typed_value<std::string>* format_value() { return choice({"text", "json"})->default_value("text"); }

po::typed_value<std::string>* vendor_value() { return choice({x86::vendor_names.begin(), x86::vendor_names.end()}); }

po::typed_value<std::string>* host_page_size_value()
{
    return choice({machine::host_page_size_names.begin(), machine::host_page_size_names.end()});
}

po::typed_value<std::vector<std::string>>* discipline_values()
{
    std::vector<std::string> names;
    for (std::uint32_t index = 0; index < kernel::discipline_count; ++index)
        names.emplace_back(scenario::discipline_name(static_cast<kernel::Discipline>(index)));
    return choices(std::move(names));
}

Format chosen_format(const Options& options)
{
    return options.get<std::string>("format") == "json" ? Format::json : Format::text;
}

x86::Vendor parse_vendor(const std::string& name) { return x86::vendor_named(name).value(); }

std::optional<x86::PageSize> chosen_host_page_size(const Options& options)
{
    if (!options.has("nested")) return std::nullopt;
    return machine::page_size_named(options.get<std::string>("nested"));
}

std::vector<kernel::Discipline> parse_disciplines(const Options& options)
{
    std::vector<kernel::Discipline> disciplines;
    if (!options.has("discipline")) return disciplines;
    for (const std::string& name : options.get<std::vector<std::string>>("discipline")) {
        std::uint32_t index = 0;
        while (name != scenario::discipline_name(static_cast<kernel::Discipline>(index)))
            ++index;
        disciplines.push_back(static_cast<kernel::Discipline>(index));
    }
    return disciplines;
}

std::vector<machine::MachineOverride> parse_overrides(const Options& options)
{
    std::vector<machine::MachineOverride> overrides;
    if (!options.has("set")) return overrides;
    for (const std::string& wish : options.get<std::vector<std::string>>("set")) {
        machine::MachineOverride one = machine::override_from(wish, "--set");
        if (std::ranges::find(overrides, one.pointer, &machine::MachineOverride::pointer) != overrides.end()) {
            throw InputError(fmt::format("--set {}: legal: each pointer once", in_quotes(one.pointer)));
        }
        overrides.push_back(std::move(one));
    }
    return overrides;
}

void refuse_given(const Options& options, const std::vector<std::string>& names, const std::string& why)
{
    for (const std::string& name : names) {
        if (options.given(name)) throw InputError(fmt::format("--{} would do nothing: {}", name, why));
    }
}

} // namespace drywalk::cli
