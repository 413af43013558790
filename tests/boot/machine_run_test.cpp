// SPDX-License-Identifier: MIT
// What surrounds the run of a machine: its folder, and tools that are not there.

#include "sim/boot/machine_run.hpp"

#include "sim/boot/virtual_machines.hpp"
#include "sim/boot/work_directory.hpp"
#include "tests/support/environment_variable.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

namespace drywalk::boot {
namespace {

TEST(WorkDirectory, GoesAwayUnlessItWasNamed)
{
    std::filesystem::path temporary;
    {
        const WorkDirectory directory{std::nullopt};
        temporary = directory.path();
        std::ofstream{temporary / "file"} << "x";
        ASSERT_TRUE(std::filesystem::exists(temporary / "file"));
    }
    EXPECT_FALSE(std::filesystem::exists(temporary));

    const WorkDirectory parent{std::nullopt};
    const auto named = parent.path() / "kept";
    {
        const WorkDirectory directory{named};
    }
    EXPECT_TRUE(std::filesystem::exists(named));
}

/// QEMU cuts names at commas and spaces, Bochs at quotes: whatever TMPDIR holds, no command has it.
TEST(VirtualMachines, AreGivenFilesWithoutTheNameOfTheirDirectory)
{
    const std::filesystem::path directory = "/a folder/with space, comma and \"quotes\"";
    const RunFiles files{directory, "/kernel.elf", directory / "program", directory / "serial.txt"};
    const process::Command command = in_directory(files, qemu_command(files, {"tcg", "max", 64, false}), {});
    EXPECT_EQ(command.directory, directory);
    EXPECT_TRUE(std::ranges::none_of(
        command.words, [](const std::string& word) { return word.find("with space") != std::string::npos; }));
}

/// With an empty PATH every tool is missing, and the message says where to get it.
TEST(MissingTools, AreNamedWithTheirPackage)
{
    const test::EnvironmentVariable path{"PATH", "/nonexistent"};
    const std::vector<std::byte> program;
    const auto qemu = run_on({.target = Target::qemu, .kernel = "kernel.elf", .program = program});
    EXPECT_EQ(qemu.status, MachineStatus::missing_tool);
    EXPECT_EQ(qemu.message, "qemu-system-x86_64 is not installed: sudo apt-get install qemu-system-x86");
    const auto bochs = run_on({.target = Target::bochs, .kernel = "kernel.elf", .program = program});
    EXPECT_EQ(bochs.status, MachineStatus::missing_tool);
    EXPECT_EQ(bochs.message, "bochs is not installed: sudo apt-get install bochs");
}

} // namespace
} // namespace drywalk::boot
