// SPDX-License-Identifier: MIT
// Every source file of the repository keeps the rules.
#include "tests/architecture/rules.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace drywalk::architecture {
namespace {

const std::filesystem::path source_root = source_tree();

SourceFile read(const std::filesystem::path& path)
{
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return {path.lexically_relative(source_root).generic_string(), text.str()};
}

std::vector<SourceFile> all_sources()
{
    std::vector<SourceFile> files{read(source_root / "CMakeLists.txt")};
    for (const char* folder : {"cmake", "models", "kernel_model", "sim", "include", "examples", "bench", "tests"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator{source_root / folder}) {
            if (entry.is_regular_file() && is_source(entry.path().string())) files.push_back(read(entry.path()));
        }
    }
    return files;
}

TEST(Tree, EveryFileKeepsTheRules)
{
    for (const SourceFile& file : all_sources()) {
        for (const Finding& finding : check(file)) {
            ADD_FAILURE() << file.path << ":" << finding.line << ": " << finding.message;
        }
    }
}

TEST(Tree, TheScanReachesTheFilesItIsAbout)
{
    const std::vector<SourceFile> files = all_sources();
    for (const char* path :
         {"models/x86/walk.hpp", "kernel_model/hal/hal.hpp", "sim/scenario/load.hpp", "cmake/drywalk_targets.cmake",
          "include/drywalk/drywalk_trace.h", "examples/traced_kernel/kernel.c", "tests/architecture/tree_test.cpp"}) {
        const auto found =
            std::find_if(files.begin(), files.end(), [path](const SourceFile& file) { return file.path == path; });
        ASSERT_NE(found, files.end()) << path;
        EXPECT_FALSE(found->text.empty()) << path;
    }
}

/// "`a/`, `b/`" as a set.
std::set<std::string> quoted_in(const std::string& cell)
{
    static const std::regex quoted{"`([^`]+)`"};
    std::set<std::string> names;
    for (std::sregex_iterator at{cell.begin(), cell.end(), quoted}; at != std::sregex_iterator{}; ++at)
        names.insert((*at)[1]);
    return names;
}

TEST(Tree, IsDocumentedAsItIsEnforced)
{
    static const std::regex row{R"(^\| `([^`]+)` \|[^|]*\|([^|]*)\|$)"};
    std::map<std::string, std::set<std::string>> documented;
    std::istringstream page{read(source_root / "CONTRIBUTING.md").text};
    std::smatch match;
    for (std::string line; std::getline(page, line);) {
        if (std::regex_match(line, match, row)) documented[match[1]] = quoted_in(match[2]);
    }
    std::map<std::string, std::set<std::string>> enforced;
    for (const FolderArrows& arrows : documented_arrows()) {
        enforced[arrows.folder] = {arrows.may_include.begin(), arrows.may_include.end()};
        enforced[arrows.folder].erase(arrows.folder);
    }
    EXPECT_EQ(documented, enforced);
}

} // namespace
} // namespace drywalk::architecture
