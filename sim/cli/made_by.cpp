// SPDX-License-Identifier: MIT
#include "sim/cli/made_by.hpp"

#include "sim/cli/version.hpp"
#include "sim/machine/made_on.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace drywalk::cli {

namespace {

/// Options with a value that says nothing about the result.
constexpr std::array<std::string_view, 2> of_writing{"--format", "--out"};
/// Options whose value may begin with a slash without being a path.
constexpr std::string_view with_pointer = "--set";

[[nodiscard]] std::string in_shell(const std::string& word)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
    std::string text = "'";
    for (const char character : word)
        text += character == '\'' ? "'\\''" : std::string(1, character);
    return text + "'";
}

[[nodiscard]] std::string without_folders(const std::string& path)
{
    return path.starts_with('/') ? std::filesystem::path{path}.filename().string() : path;
}

/// A word of the command line: "--option=value" or one without an equals sign.
[[nodiscard]] std::string shown_word(const std::string& word)
{
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    if (equals == std::string::npos) return without_folders(word);
    return word.substr(0, equals + 1) + without_folders(word.substr(equals + 1));
}

[[nodiscard]] bool begins_with_option(const std::string& word, std::string_view option)
{
    return word.starts_with(option) && (word.size() == option.size() || word[option.size()] == '=');
}

} // namespace

output::MadeBy made_by(const std::string& command, const Arguments& arguments, const std::vector<std::string>& inputs)
{
    output::MadeBy result;
    result.version = version;
    result.commit = built_from();
    result.command = "drywalk " + command;
    for (std::size_t index = 0; index < arguments.size(); ++index) {
        const std::string& word = arguments[index];
        const auto is_word = [&](std::string_view option) { return begins_with_option(word, option); };
        if (std::ranges::any_of(of_writing, is_word)) {
            if (word.find('=') == std::string::npos) ++index;
            continue;
        }
        const bool is_pointer = is_word(with_pointer) || (index != 0 && arguments[index - 1] == with_pointer);
        result.command += " " + in_shell(is_pointer ? word : shown_word(word));
    }
    std::vector<std::string> names;
    for (const std::string& input : inputs)
        names.push_back(std::filesystem::path{input}.filename().string());
    result.input = fmt::format("{}", fmt::join(names, ", "));
    return result;
}

output::MadeBy made_by(const std::string& command, const Arguments& arguments, const std::vector<std::string>& inputs,
                       const machine::Machine& machine, const std::filesystem::path& directory)
{
    output::MadeBy result = made_by(command, arguments, inputs);
    result.overrides = overridden_numbers(machine, machine::load_machine(directory, machine.name));
    return result;
}

} // namespace drywalk::cli
