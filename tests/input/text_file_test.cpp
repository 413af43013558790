// SPDX-License-Identifier: MIT
// Files that cannot be read: the reason that is told is the true one.
#include "sim/input/text_file.hpp"

#include "sim/input/input_error.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace drywalk {
namespace {

[[nodiscard]] std::string complaint_about(const std::filesystem::path& file, Expected expected = Expected::json)
{
    try {
        (void)read_text(file, expected);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

TEST(TextFile, MissingFilesAndDirectoriesAreNamed)
{
    const test::TemporaryDirectory directory;
    const std::filesystem::path missing = directory.path() / "missing.json";
    EXPECT_EQ(complaint_about(missing), missing.string() + ": no such file (a JSON file is expected)");
    EXPECT_EQ(complaint_about(missing, Expected::csv), missing.string() + ": no such file (a CSV file is expected)");
    EXPECT_EQ(complaint_about(directory.path()),
              directory.path().string() + ": is a directory (a JSON file is expected)");
}

TEST(TextFile, WhatStandsInTheWayIsNamed)
{
    const test::TemporaryDirectory directory;
    const std::filesystem::path loop = directory.path() / "loop";
    std::filesystem::create_symlink("loop", loop);
    EXPECT_NE(complaint_about(loop).find("symbolic links"), std::string::npos) << complaint_about(loop);
    const std::filesystem::path file = directory.write("file", "{}");
    EXPECT_NE(complaint_about(file / "s.json").find("Not a directory"), std::string::npos);
    EXPECT_NE(complaint_about(directory.path() / std::string(300, 'a')).find("too long"), std::string::npos);
}

TEST(TextFile, AnUnreadableFileSaysWhy)
{
    if (::geteuid() == 0) GTEST_SKIP() << "root reads every file";
    const test::TemporaryDirectory directory;
    const std::filesystem::path file = directory.write("secret.json", "{}");
    std::filesystem::permissions(file, std::filesystem::perms::none);
    EXPECT_NE(complaint_about(file).find("cannot be read: "), std::string::npos);
}

TEST(TextFile, SizeIsBounded)
{
    const test::TemporaryDirectory directory;
    const std::filesystem::path file = directory.write("large.json", "{}");
    std::filesystem::resize_file(file, longest_file + 1);
    EXPECT_EQ(complaint_about(file), file.string() + ": is longer than 16 MiB");
    std::filesystem::resize_file(file, longest_file);
    EXPECT_EQ(complaint_about(file), "");
}

} // namespace
} // namespace drywalk
