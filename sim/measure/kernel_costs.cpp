// SPDX-License-Identifier: MIT
#include "sim/measure/kernel_costs.hpp"

#include "sim/scenario/complaint.hpp"
#include "sim/scenario/json_text.hpp"

#include <limits>

namespace drywalk::measure {

namespace {

constexpr const char* instructions_key = "instructions_per_pass";

std::uint32_t count_at(const nlohmann::json& counts, const char* name, const scenario::Complaint& complaint)
{
    const std::string pointer = std::string{"/"} + instructions_key + "/" + name;
    if (!counts.contains(name)) complaint.fail(pointer, "is missing; it is a number of instructions");
    const nlohmann::json& value = counts.at(name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
        complaint.fail(pointer, "is no number of instructions; legal are 0 to 4294967295");
    }
    return value.get<std::uint32_t>();
}

} // namespace

platform::KernelCosts load_kernel_costs(const std::filesystem::path& file)
{
    const nlohmann::json document = scenario::parse_json(scenario::read_text(file), file.string());
    const scenario::Complaint complaint{file.string()};
    if (!document.is_object() || !document.contains(instructions_key) || !document.at(instructions_key).is_object()) {
        complaint.fail("", std::string{"needs an object \""} + instructions_key + "\"");
    }
    platform::KernelCosts costs;
    for (unsigned path = 0; path < path_names.size(); ++path) {
        costs.instructions[path] = count_at(document.at(instructions_key), path_names[path], complaint);
    }
    return costs;
}

std::string kernel_costs_text(const platform::KernelCosts& costs, const std::string& command)
{
    nlohmann::ordered_json document;
    document["what"] = "Instructions of one pass through each path of the kernel, harness and ring 3 left out";
    document["measured_by"] = command;
    for (unsigned path = 0; path < path_names.size(); ++path) {
        document[instructions_key][path_names[path]] = costs.instructions[path];
    }
    return document.dump(2) + "\n";
}

} // namespace drywalk::measure
