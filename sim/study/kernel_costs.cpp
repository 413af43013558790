// SPDX-License-Identifier: MIT
#include "sim/study/kernel_costs.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/json_text.hpp"

#include <algorithm>
#include <limits>

namespace drywalk::study {

namespace {

constexpr const char* instructions_key = "instructions_per_pass";
constexpr const char* measured_by_key = "measured_by";

unsigned path_at(const std::string& name, const Complaint& complaint)
{
    const auto* const found = std::ranges::find(path_names, name);
    if (found == path_names.end()) {
        complaint.fail(std::string{"/"} + instructions_key + "/" + name, "is no path of the kernel");
    }
    return static_cast<unsigned>(found - path_names.begin());
}

std::uint32_t count_at(const std::string& name, const nlohmann::json& value, const Complaint& complaint)
{
    const std::string pointer = std::string{"/"} + instructions_key + "/" + name;
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
        complaint.fail(pointer, "is no number of instructions; legal are 0 to 4294967295");
    }
    return value.get<std::uint32_t>();
}

/// One command, or several.
std::vector<std::string> commands(const nlohmann::json& document, const Complaint& complaint)
{
    const nlohmann::json from = document.value(measured_by_key, nlohmann::json::array());
    if (from.is_string()) return {from.get<std::string>()};
    const auto is_string = [](const nlohmann::json& each) { return each.is_string(); };
    if (!from.is_array() || !std::ranges::all_of(from, is_string)) {
        complaint.fail(std::string{"/"} + measured_by_key, "is no command and no list of commands");
    }
    return from.get<std::vector<std::string>>();
}

} // namespace

MeasuredCosts load_measured_costs(const std::filesystem::path& file)
{
    const nlohmann::json document = parse_json(read_text(file), file.string());
    const Complaint complaint{file.string()};
    if (!document.is_object() || !document.contains(instructions_key) || !document.at(instructions_key).is_object()) {
        complaint.fail("", std::string{"needs an object \""} + instructions_key + "\"");
    }
    MeasuredCosts measured;
    for (const auto& [name, value] : document.at(instructions_key).items())
        measured.costs.instructions[path_at(name, complaint)] = count_at(name, value, complaint);
    measured.measured_by = commands(document, complaint);
    return measured;
}

platform::KernelCosts load_kernel_costs(const std::filesystem::path& file) { return load_measured_costs(file).costs; }

std::string kernel_costs_text(const MeasuredCosts& measured)
{
    const auto& [costs, measured_by] = measured;
    nlohmann::ordered_json document;
    document["what"] = "Instructions of one pass through each path of the kernel, harness and ring 3 left out";
    if (measured_by.size() == 1)
        document[measured_by_key] = measured_by.front();
    else
        document[measured_by_key] = measured_by;
    for (unsigned path = 0; path < path_names.size(); ++path) {
        if (costs.instructions[path]) document[instructions_key][path_names[path]] = *costs.instructions[path];
    }
    return document.dump(2) + "\n";
}

} // namespace drywalk::study
