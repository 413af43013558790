// SPDX-License-Identifier: MIT
// The built program, run in a folder of its own.
#pragma once

#include "sim/process/command.hpp"
#include "tests/support/source_tree.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace drywalk::cli::test {

namespace fs = std::filesystem;

inline const fs::path scenarios = source_tree() / "scenarios";

struct Ran {
    int status = -1;
    std::string out;
    std::string err;
};

inline std::string text_of(const fs::path& file)
{
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
}

/// What the program itself wrote. Under AddressSanitizer, SystemC's coroutines leave it mistaken about the main stack,
/// of which it says three lines when an exception is thrown after a simulation; they are not the program's.
inline std::string without_sanitizer_notice(const std::string& text)
{
#ifdef __SANITIZE_ADDRESS__
    static const std::regex notice{"==\\d+==WARNING: ASan is ignoring requested __asan_handle_no_return:[^\n]*\n"
                                   "|False positive error reports may follow\n"
                                   "|For details see [^\n]*sanitizers/issues/189\n"};
    return std::regex_replace(text, notice, "");
#else
    return text;
#endif
}

/// A folder that goes away again, and drywalk run in it.
class Program {
public:
    Program() { fs::create_directories(folder_ / "work"); }
    ~Program() { fs::remove_all(folder_); }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// Where it runs: empty, unless a test or the program puts something there.
    [[nodiscard]] fs::path folder() const { return folder_ / "work"; }

    [[nodiscard]] Ran run(const std::vector<std::string>& arguments,
                          std::chrono::seconds limit = std::chrono::minutes{5}) const
    {
        process::Command command;
        command.words = {"sh", "-c", "cd work && exec \"$0\" \"$@\" >../out 2>../err", DRYWALK_PROGRAM};
        command.words.insert(command.words.end(), arguments.begin(), arguments.end());
        command.directory = folder_;
        command.time_limit = limit;
        const process::Exit exit = run_process(command);
        return {exit.timed_out ? -1 : exit.status, text_of(folder_ / "out"),
                without_sanitizer_notice(text_of(folder_ / "err"))};
    }

    fs::path write(const std::string& name, const std::string& text) const
    {
        std::ofstream{folder() / name, std::ios::binary} << text;
        return folder() / name;
    }

private:
    fs::path folder_ = fs::temp_directory_path() / ("drywalk_cli_test_" + std::to_string(::getpid()));
};

/// The shipped files that are scenarios, by name.
inline std::vector<fs::path> shipped_scenarios()
{
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator{scenarios}) {
        if (entry.path().extension() != ".json") continue;
        const nlohmann::json document = nlohmann::json::parse(text_of(entry.path()));
        if (document.contains("workload")) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

} // namespace drywalk::cli::test
