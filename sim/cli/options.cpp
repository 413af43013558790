// SPDX-License-Identifier: MIT
#include "sim/cli/command.hpp"
#include "sim/input/input_error.hpp"
#include "sim/output/standard_output.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/fields.hpp"

#include <fmt/format.h>

#include <sstream>

namespace drywalk::cli {

namespace po = boost::program_options;

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
    } catch (const po::error& error) {
        throw InputError(fmt::format("{} (usage: drywalk {}; --help says more)", error.what(), usage));
    }
    if (values_.count("help") == 0) return;
    std::ostringstream text;
    text << described;
    output::print(fmt::format("usage: drywalk {}\n\n{}\n{}", usage, about, text.str()));
    helped_ = true;
}

Format parse_format(const std::string& name)
{
    if (name == "text") return Format::text;
    if (name == "json") return Format::json;
    throw InputError(fmt::format("--format {}: no such format; legal are text and json", name));
}

x86::Vendor parse_vendor(const std::string& name)
{
    const auto vendor = trace::vendor_named(name);
    if (!vendor) throw InputError(fmt::format("--vendor {}: no such vendor; legal are {}", name, trace::legal_vendors));
    return *vendor;
}

x86::PageSize parse_host_page_size(const std::string& name)
{
    for (unsigned size = 0; size < x86::page_size_count; ++size) {
        if (name == machine::host_page_size_names[size]) return static_cast<x86::PageSize>(size);
    }
    throw InputError(fmt::format("--nested {}: legal are 4k, 2m and 1g", name));
}

std::vector<kernel::Discipline> parse_disciplines(const Options& options)
{
    std::vector<kernel::Discipline> disciplines;
    if (!options.has("discipline")) return disciplines;
    for (const std::string& name : options.get<std::vector<std::string>>("discipline")) {
        std::string legal;
        bool found = false;
        for (std::uint32_t index = 0; index < kernel::discipline_count && !found; ++index) {
            const auto discipline = static_cast<kernel::Discipline>(index);
            found = name == scenario::discipline_name(discipline);
            if (found) disciplines.push_back(discipline);
            legal += (index == 0 ? "" : ", ") + std::string{scenario::discipline_name(discipline)};
        }
        if (!found) throw InputError(fmt::format("--discipline {}: no such discipline; legal are {}", name, legal));
    }
    return disciplines;
}

} // namespace drywalk::cli
