// SPDX-License-Identifier: MIT
// Every source file of the repository keeps the rules.
#include "tests/architecture/rules.hpp"
#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
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

} // namespace
} // namespace drywalk::architecture
