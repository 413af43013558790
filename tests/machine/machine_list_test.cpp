// SPDX-License-Identifier: MIT
// A folder of profiles with a broken one among them.
#include "sim/machine/machine_list.hpp"

#include "sim/input/input_error.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace drywalk::machine {
namespace {

TEST(MachineList, ABrokenProfileDoesNotHideTheOthers)
{
    const test::TemporaryDirectory directory;
    const std::filesystem::path folder = directory.path() / "machines";
    std::filesystem::create_directories(folder / "folder.json");
    std::filesystem::copy_file(source_tree() / "scenarios/machine.schema.json",
                               directory.path() / "machine.schema.json");
    std::filesystem::copy_file(source_tree() / "scenarios/machines/zen4.json", folder / "zen4.json");
    (void)directory.write("machines/cut.json", "{");
    (void)directory.write("machines/list.json", "[]");
    const MachineList list = list_machines(folder);
    ASSERT_EQ(list.machines.size(), 1U);
    EXPECT_EQ(list.machines[0].name, "zen4");
    ASSERT_EQ(list.broken.size(), 3U);
    EXPECT_EQ(list.broken[0].name, "cut");
    EXPECT_NE(list.broken[0].what.find("cut.json:1:2: "), std::string::npos) << list.broken[0].what;
    EXPECT_NE(list.broken[1].what.find("is a directory"), std::string::npos);
    EXPECT_EQ(list.broken[2].name, "list");
    EXPECT_THROW((void)load_machine(folder, "cut"), InputError) << "named, it is an error";
}

} // namespace
} // namespace drywalk::machine
