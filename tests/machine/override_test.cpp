// SPDX-License-Identifier: MIT
// Other values for numbers of a profile: what is shown is accepted, what is wrong is blamed on who wrote it.
#include "sim/machine/override.hpp"

#include "sim/input/input_error.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace drywalk::machine {
namespace {

using nlohmann::json;

const std::filesystem::path machines = source_tree() / "scenarios" / "machines";

[[nodiscard]] Machine with(const std::string& name, const std::vector<std::string>& wishes)
{
    std::vector<MachineOverride> overrides;
    for (const std::string& wish : wishes)
        overrides.push_back(override_from(wish, "--set"));
    return load_machine(machines, name, overrides);
}

[[nodiscard]] std::string complaint_about(const std::vector<std::string>& wishes)
{
    try {
        (void)with("skylake_sp", wishes);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

[[nodiscard]] const Provenance& number_at(const Machine& machine, const std::string& pointer)
{
    return *std::ranges::find(machine.provenance, pointer, &Provenance::pointer);
}

TEST(MachineOverride, EveryPointerIsAcceptedWithTheValueThatIsShown)
{
    for (const std::string& name : machine_names(machines)) {
        const Machine machine = load_machine(machines, name);
        std::vector<std::string> wishes;
        for (const Provenance& entry : machine.provenance)
            wishes.push_back(entry.pointer + "=" + entry.shown);
        const Machine same = with(name, wishes);
        ASSERT_EQ(same.provenance.size(), machine.provenance.size()) << name;
        for (std::size_t index = 0; index < machine.provenance.size(); ++index) {
            EXPECT_EQ(same.provenance[index].pointer, machine.provenance[index].pointer);
            EXPECT_EQ(same.provenance[index].shown, machine.provenance[index].shown)
                << machine.provenance[index].pointer;
            EXPECT_EQ(same.provenance[index].source, "set on the command line");
        }
    }
}

TEST(MachineOverride, ValuesOfEveryFormReachTheProfile)
{
    const Machine machine =
        with("skylake_sp", {"/costs/invlpg=1", "/costs/mov_cr3/value=2", "/tlb/l2_data/0/geometry=[64,12]",
                            "/tlb/l1_data/0/geometry/ways=8", "/tlb/l1_data/0/replacement=lru",
                            "/behaviour/keeps_global_across_cr3=false"});
    EXPECT_EQ(machine.profile.costs.invlpg, 1U);
    EXPECT_EQ(machine.profile.costs.mov_cr3, 2U);
    EXPECT_EQ(machine.profile.l2_data.at(0).sets, 64U);
    EXPECT_EQ(machine.profile.l1_data.at(0).ways, 8U);
    EXPECT_EQ(machine.profile.l1_data.at(0).replacement, Replacement::lru);
    EXPECT_FALSE(machine.profile.behaviour.keeps_global_across_cr3);
    EXPECT_EQ(number_at(machine, "/tlb/l2_data/0/geometry").shown, "[64,12]");
    EXPECT_EQ(number_at(machine, "/costs/invlpg").confidence, Confidence::assumed);
}

TEST(MachineOverride, GroupsAndIndexBitsAreAcceptedAsJson)
{
    const Machine machine = with("skylake_sp", {R"(/tlb/l2_data/0/replacement={"tree_plru":[8,4]})",
                                                R"(/caches/l2/geometry={"sets":1024,"ways":16})"});
    EXPECT_EQ(machine.profile.l2_data.at(0).tree_groups, (std::vector<std::uint32_t>{8, 4}));
    EXPECT_EQ(machine.profile.memory.l2.sets, 1024U);
}

TEST(BadMachineOverride, IsBlamedOnTheOptionAndSaysWhatIsLegal)
{
    const std::pair<const char*, const char*> cases[] = {
        {"/costs/invlpg=-1", "--set: /costs/invlpg: -1 is out of range (legal: 0 to "},
        {"/costs/invlpg=many", "--set: /costs/invlpg: \"many\" where integer is legal"},
        {"/costs/invlpg/source=\"me\"", "--set: /costs/invlpg/source: \"source\" says of /costs/invlpg where it comes"
                                        " from, which is decided by this override (legal: /costs/invlpg)"},
        {"/costs/invlpg/confidence=measured", "--set: /costs/invlpg/confidence: \"confidence\" says of /costs/invlpg"},
        {"/costs/invlpg/unit=s", "--set: /costs/invlpg/unit: \"unit\" says of /costs/invlpg"},
        {"/costs=1", "--set: /costs: \"/costs\" is no number, name or flag of this profile (legal: a pointer that "},
        {"/costs/hope=1", "is no number, name or flag of this profile"},
        {"/tlb/l2_data/99999999999999999999/geometry=[1,1]", "is no number, name or flag of this profile"},
        {"/title=\"mine\"", "is no number, name or flag of this profile"},
        {"=1", "--set: /: \"\" is no number, name or flag of this profile"},
        {"costs=1", "--set: costs: \"costs\" is no JSON pointer (legal: such as /costs/invlpg)"},
        {"/tlb/l2_data/0/geometry=[64]", "a geometry is its sets and ways (legal: such as [64, 12])"},
        {"/tlb/l2_data/0/geometry=64", "a geometry is its sets and ways"},
        {"/tlb/l2_data/0/geometry=[0,12]", "/tlb/l2_data/0/geometry/sets: 0 is unknown (legal: 1, 2, 4, "},
        {"/tlb/l2_data/0/replacement=hope", "--set: /tlb/l2_data/0/replacement: \"hope\" has the wrong form (legal: "},
        {"/costs/invlpg", "--set \"/costs/invlpg\": no value (legal: POINTER=VALUE, such as /costs/walk_start=12)"},
        {"/costs/walk_start=", "--set \"/costs/walk_start=\": no value (legal: POINTER=VALUE"},
        {"/costs/invlpg=[1", "--set \"/costs/invlpg\":1:3: "},
    };
    for (const auto& [wish, message] : cases) {
        const std::string complaint = complaint_about({wish});
        EXPECT_NE(complaint.find(message), std::string::npos) << wish << " gives " << complaint;
        EXPECT_EQ(complaint.find("skylake_sp.json"), std::string::npos) << "the profile is not to blame: " << complaint;
    }
}

TEST(BadMachineOverride, WhatDoesNotFitTogetherIsBlamedOnTheOverrides)
{
    EXPECT_EQ(
        complaint_about({"/tlb/l2_data/0/replacement=mru3_plru4", "/tlb/l2_data/0/geometry=[128,8]"}),
        "--set: /tlb/l2_data/0/replacement and /tlb/l2_data/0/geometry: with this value, "
        "/tlb/l2_data/0/replacement: mru3_plru4 divides the ways by three, and there are 8 (legal: a multiple of 3)");
}

TEST(BadMachineOverride, IsBlamedOnTheScenarioThatHasIt)
{
    MachineOverride wish{"/costs/invlpg", "-1"};
    wish.complaint = Complaint{"s.json"};
    wish.place = "/machine_overrides/~1costs~1invlpg";
    try {
        (void)load_machine(machines, "skylake_sp", {wish});
        FAIL();
    } catch (const InputError& error) {
        EXPECT_TRUE(std::string{error.what()}.starts_with("s.json: /machine_overrides/~1costs~1invlpg: -1 is out of"))
            << error.what();
    }
}

TEST(MachineFile, IsLoadedByItsPath)
{
    const test::TemporaryDirectory directory;
    const std::filesystem::path file = directory.write("my.json", R"({"extends": "zen4", "title": "Another Zen 4"})");
    const Machine machine = load_machine(machines, file.string());
    EXPECT_EQ(machine.title, "Another Zen 4");
    EXPECT_EQ(machine.name, file.string());
    EXPECT_EQ(machine.profile.costs.invlpg, load_machine(machines, "zen4").profile.costs.invlpg);
    EXPECT_THROW((void)load_machine(machines, (directory.path() / "missing.json").string()), InputError);
    EXPECT_TRUE(names_a_file("my.json"));
    EXPECT_TRUE(names_a_file("./my"));
    EXPECT_FALSE(names_a_file("zen4"));
}

TEST(PageSizeNames, AreReadInSmallLettersAndCapitals)
{
    EXPECT_EQ(page_size_named("4k"), x86::PageSize::size_4k);
    EXPECT_EQ(page_size_named("4K"), x86::PageSize::size_4k);
    EXPECT_EQ(page_size_named("2M"), x86::PageSize::size_2m);
    EXPECT_EQ(page_size_named("1g"), x86::PageSize::size_1g);
    for (const char* wrong : {"", "4", "4kb", "3k"})
        EXPECT_EQ(page_size_named(wrong), std::nullopt) << wrong;
}

} // namespace
} // namespace drywalk::machine
