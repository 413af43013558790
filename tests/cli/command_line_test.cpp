// SPDX-License-Identifier: MIT
// What the command line answers to good and to bad usage: exit codes, one line of error, nothing written by halves.
#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

namespace drywalk::cli {
namespace {

using namespace test;

const std::string first_scenario = (scenarios / "cross_image_stale_global.json").string();
const std::string quick_scenario = (scenarios / "good_not_global.json").string();

class CommandLine : public testing::Test {
protected:
    /// Bad usage or bad input: exit code 2, one line that begins with the program's name, nothing else anywhere.
    void expect_error(const std::vector<std::string>& arguments, const std::string& part)
    {
        const std::size_t before = files();
        const Ran ran = program.run(arguments);
        const std::string shown = testing::PrintToString(arguments);
        EXPECT_EQ(ran.status, 2) << shown << "\n" << ran.err;
        EXPECT_EQ(ran.out, "") << shown;
        EXPECT_TRUE(ran.err.starts_with("drywalk: ")) << shown << "\n" << ran.err;
        EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << shown << "\n" << ran.err;
        EXPECT_TRUE(ran.err.ends_with("\n"));
        EXPECT_NE(ran.err.find(part), std::string::npos) << shown << "\n" << ran.err;
        EXPECT_EQ(files(), before) << shown << " left something behind";
    }
    [[nodiscard]] std::size_t files() const
    {
        return static_cast<std::size_t>(
            std::distance(fs::recursive_directory_iterator{program.folder()}, fs::recursive_directory_iterator{}));
    }
    /// A valid scenario with `value` at `pointer`.
    std::string scenario_with(const std::string& pointer, const nlohmann::json& value)
    {
        nlohmann::json document = nlohmann::json::parse(text_of(quick_scenario));
        document[nlohmann::json::json_pointer{pointer}] = value;
        document.erase("$schema");
        return program.write("s.json", document.dump(2)).string();
    }

    Program program;
};

const std::vector<std::string> commands{"run", "boot", "machines", "validate"};

// Witnesses --------------------------------------------------------------------------------------------------------

TEST_F(CommandLine, ReplaysOnlyAnEventThatIsAViolation)
{
    expect_error({"run", quick_scenario, "--no-sweep", "--replay-witness", "5"},
                 "--replay-witness 5: the judge finds no violation at this event (it does at: there are no findings)");
    const std::string bad = (scenarios / "bad_table_reuse_under_pcids.json").string();
    const Ran none = program.run({"run", bad, "--no-sweep", "--replay-witness", "0"});
    EXPECT_EQ(none.status, 2);
    const std::string legal = "it does at: ";
    const std::size_t first = none.err.find(legal);
    ASSERT_NE(first, std::string::npos) << none.err;
    const std::string event =
        none.err.substr(first + legal.size(), none.err.find_first_of(",)", first) - first - legal.size());
    const Ran replayed = program.run({"run", bad, "--no-sweep", "--replay-witness", event});
    EXPECT_NE(replayed.status, 2) << replayed.err;
    EXPECT_NE(replayed.out.find("a release cannot be replayed by itself"), std::string::npos) << replayed.out;
}

// Help -------------------------------------------------------------------------------------------------------------

TEST_F(CommandLine, WithoutArgumentsShowsTheCommandsAndFails)
{
    const Ran ran = program.run({});
    EXPECT_EQ(ran.status, 2);
    for (const std::string& command : commands)
        EXPECT_NE((ran.out + ran.err).find("\n  " + command), std::string::npos);
}

TEST_F(CommandLine, HelpSucceedsForTheProgramAndForEachCommand)
{
    for (const char* help : {"--help", "-h", "help"}) {
        const Ran ran = program.run({help});
        EXPECT_EQ(ran.status, 0);
        EXPECT_EQ(ran.err, "");
        for (const std::string& command : commands)
            EXPECT_NE(ran.out.find("\n  " + command), std::string::npos) << command;
    }
    for (const std::string& command : commands) {
        const Ran ran = program.run({command, "--help"});
        EXPECT_EQ(ran.status, 0);
        EXPECT_EQ(ran.err, "");
        EXPECT_TRUE(ran.out.starts_with("usage: drywalk " + command)) << ran.out;
        EXPECT_NE(ran.out.find("--help"), std::string::npos);
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(CommandLine, VersionIsOneLine)
{
    const Ran ran = program.run({"--version"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_TRUE(ran.out.starts_with("drywalk "));
    EXPECT_EQ(std::ranges::count(ran.out, '\n'), 1);
}

// Bad usage --------------------------------------------------------------------------------------------------------

TEST_F(CommandLine, AnUnknownCommandOrOptionIsNamed)
{
    expect_error({"frobnicate"}, "frobnicate: no such command; legal are run");
    for (const std::string& command : commands)
        expect_error({command, "--frobnicate"}, "--frobnicate");
}

TEST_F(CommandLine, AMissingScenarioArgumentIsSaid)
{
    expect_error({"run"}, "needs a scenario file");
    expect_error({"boot"}, "needs a scenario file");
    expect_error({"validate"}, "needs a scenario file");
    expect_error({"run", first_scenario, "second.json"}, "");
}

TEST_F(CommandLine, AnUnknownNameIsAnsweredWithTheLegalOnes)
{
    expect_error({"run", first_scenario, "--machine", "pdp_11"}, "skylake_sp");
    expect_error({"machines", "pdp_11"}, "skylake_sp");
    expect_error({"run", first_scenario, "--discipline", "hope"}, "global_pge_toggle");
    expect_error({"boot", first_scenario, "--discipline", "hope"}, "global_pge_toggle");
    expect_error({"boot", first_scenario, "--on", "pdp_11"}, "legal are qemu, bochs and kvm");
    expect_error({"run", first_scenario, "--format", "xml"}, "legal are text and json");
    expect_error({"machines", "--format", "xml"}, "legal are text and json");
}

TEST_F(CommandLine, AWaveformNeedsOneDiscipline)
{
    expect_error({"run", quick_scenario, "--vcd", "run.vcd"}, "--discipline");
    expect_error(
        {"run", quick_scenario, "--vcd", "run.vcd", "--discipline", "not_global", "--discipline", "global_no_flush"},
        "--discipline");
}

// Bad input --------------------------------------------------------------------------------------------------------

TEST_F(CommandLine, AFileThatCannotBeReadIsNamed)
{
    for (const char* command : {"run", "boot", "validate"}) {
        expect_error({command, "nowhere.json"}, "nowhere.json");
        expect_error({command, program.folder().string()}, "");
    }
}

TEST_F(CommandLine, BadJsonIsLocated)
{
    const std::string file = program.write("bad.json", "{\n  \"machine\": \"skylake_sp\",,\n}\n").string();
    for (const char* command : {"run", "boot", "validate"})
        expect_error({command, file}, "bad.json:2:");
    program.write("bad.json", "");
    expect_error({"run", file}, "bad.json");
}

TEST_F(CommandLine, AnUnknownKeyIsNamedWithItsPlace)
{
    const std::string file = scenario_with("/images/0/colour", "red");
    for (const char* command : {"run", "boot", "validate"})
        expect_error({command, file}, "/images/0");
    expect_error({"run", file}, "colour");
}

TEST_F(CommandLine, AValueThatMakesNoSenseIsNamedWithItsPlace)
{
    expect_error({"run", scenario_with("/machine", "pdp_11")}, "pdp_11");
    expect_error({"run", scenario_with("/images/0/template", {{"code_pages", 0}})}, "/images/0/template");
    expect_error({"run", scenario_with("/memory_bytes", 0x50'0000)}, "memory");
    expect_error({"run", scenario_with("/layout", {{"template_base", "0xffff800000000000"}})}, "template_base");
    expect_error({"run", scenario_with("/layout", {{"template_base", "0x8040200001"}})}, "template_base");
    expect_error({"run", scenario_with("/layout", {{"template_base", "0x0000900000000000"}})}, "template_base");
}

// What is written --------------------------------------------------------------------------------------------------

TEST_F(CommandLine, OutWritesBothReportsWholeIntoANewFolder)
{
    const Ran ran = program.run({"run", quick_scenario, "--out", "new/folder", "--format", "json"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(text_of(program.folder() / "new/folder/good_not_global.result.json"), ran.out);
    EXPECT_NE(text_of(program.folder() / "new/folder/good_not_global.result.txt").find("not_global"),
              std::string::npos);
    EXPECT_EQ(files(), 4U); // two folders, two files, nothing partial
}

/// The text report equals what a run without --format json prints.
TEST_F(CommandLine, OutWritesWhatIsPrinted)
{
    const Ran ran = program.run({"run", quick_scenario, "--out", "results"});
    EXPECT_EQ(text_of(program.folder() / "results/good_not_global.result.txt"), ran.out);
}

TEST_F(CommandLine, AnUnwritableOutLeavesNothing)
{
    program.write("file", "in the way");
    expect_error({"run", quick_scenario, "--out", "file/results"}, "cannot be written");
    expect_error({"run", quick_scenario, "--out", "file"}, "cannot be written");
    EXPECT_EQ(text_of(program.folder() / "file"), "in the way");
}

TEST_F(CommandLine, OneReportThatCannotBeWrittenLeavesTheOtherUnwritten)
{
    fs::create_directories(program.folder() / "results/good_not_global.result.json/occupied");
    expect_error({"run", quick_scenario, "--out", "results"}, "cannot be written");
}

TEST_F(CommandLine, ARunThatIsRefusedLeavesResultsAsTheyWere)
{
    fs::create_directories(program.folder() / "results");
    program.write("results/s.result.json", "earlier");
    expect_error({"run", scenario_with("/images/0/colour", "red"), "--out", "results"}, "colour");
    EXPECT_EQ(text_of(program.folder() / "results/s.result.json"), "earlier");
}

TEST_F(CommandLine, AWaveformIsWrittenWholeOrNotAtAll)
{
    program.write("file", "in the way");
    expect_error({"run", quick_scenario, "--discipline", "not_global", "--vcd", "file/run.vcd"},
                 "file/run.vcd: cannot be written: Not a directory");
    const std::string small = scenario_with("/workload", {{"pairs", {{"count", 2}}}});
    const Ran ran = program.run({"run", small, "--discipline", "not_global", "--vcd", "run.vcd", "--format", "json"});
    EXPECT_NE(ran.status, 2) << ran.err;
    EXPECT_EQ(ran.err, "");
    EXPECT_TRUE(nlohmann::json::accept(ran.out)) << "standard output holds the JSON and nothing else";
    EXPECT_NE(text_of(program.folder() / "run.vcd").find("$enddefinitions"), std::string::npos);
    EXPECT_EQ(files(), 3U); // the file in the way, the scenario and the waveform
}

TEST_F(CommandLine, ADisciplineGivenTwiceIsRefused)
{
    for (const char* command : {"run", "boot"})
        expect_error({command, quick_scenario, "--discipline", "not_global", "--discipline", "not_global"},
                     "--discipline not_global: given twice");
}

TEST_F(CommandLine, NoEventCanBeReplayedThatDoesNotExist)
{
    expect_error({"run", quick_scenario, "--no-sweep", "--replay-witness", "99999999999"},
                 "--replay-witness 99999999999: the judge finds no violation at this event");
}

// What made a result -----------------------------------------------------------------------------------------------

TEST_F(CommandLine, AResultNamesWhatMadeIt)
{
    const std::string file = scenario_with("/machine_overrides", {{"/costs/invlpg", 2500}});
    const std::vector<std::string> command{"run", file, "--machine=zen4", "--nested", "4k", "--format", "json"};
    const auto made_by = nlohmann::json::parse(program.run(command).out).at("made_by");
    EXPECT_EQ(made_by.at("command"), "drywalk run s.json --machine=zen4 --nested 4k");
    EXPECT_EQ(made_by.at("input"), "s.json");
    EXPECT_EQ(made_by.at("machine"), "zen4");
    EXPECT_EQ(made_by.at("host_page_size"), "4k");
    ASSERT_EQ(made_by.at("machine_overrides").size(), 1U);
    const auto& overridden = made_by.at("machine_overrides").at(0);
    EXPECT_EQ(overridden.at("pointer"), "/costs/invlpg");
    EXPECT_EQ(overridden.at("value"), 2500);
    EXPECT_NE(overridden.at("profile"), 2500);
    EXPECT_EQ(overridden.at("source"), "set by the scenario");
    const std::string version = program.run({"--version"}).out;
    EXPECT_EQ(version, "drywalk " + made_by.at("drywalk").get<std::string>() + " (" +
                           made_by.at("commit").get<std::string>() + ")\n");
}

TEST_F(CommandLine, WhereAResultIsWrittenDoesNotChangeIt)
{
    const std::string file = scenario_with("/seed", 3);
    for (const char* folder : {"one", "another"})
        EXPECT_EQ(program.run({"run", file, "--out", folder, "--format", "json"}).status, 0);
    std::size_t compared = 0;
    for (const auto& entry : fs::directory_iterator{program.folder() / "one"}) {
        const std::string text = text_of(entry.path());
        EXPECT_FALSE(text.empty());
        EXPECT_EQ(text, text_of(program.folder() / "another" / entry.path().filename()));
        EXPECT_EQ(text.find(program.folder().parent_path().string()), std::string::npos) << "an absolute path";
        ++compared;
    }
    EXPECT_EQ(compared, 2U);
}

// Exit codes and bytes ---------------------------------------------------------------------------------------------

TEST_F(CommandLine, TwoRunsGiveTheSameBytes)
{
    for (const char* format : {"json", "text"}) {
        const std::vector<std::string> arguments{"run", first_scenario, "--no-sweep", "--format", format};
        const Ran one = program.run(arguments);
        const Ran other = program.run(arguments);
        EXPECT_EQ(one.status, 0) << one.err;
        EXPECT_FALSE(one.out.empty());
        EXPECT_EQ(one.out, other.out);
        EXPECT_EQ(one.err, "");
    }
}

TEST_F(CommandLine, AFailedExpectationIsExitCodeOne)
{
    const std::string file = scenario_with("/expect", {{"not_global", {{"page_faults", {{"min", 1}}}}}});
    const Ran ran = program.run({"run", file, "--format", "json"});
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err, "");
    const auto failed = nlohmann::json::parse(ran.out).at("failed_expectations");
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_NE(failed.at(0).get<std::string>().find("page_faults is 0, expected at least 1"), std::string::npos);
    EXPECT_NE(program.run({"run", file}).out.find("Failed expectations"), std::string::npos);
}

TEST_F(CommandLine, DisciplinesCanBeChosen)
{
    const Ran ran = program.run({"run", first_scenario, "--no-sweep", "--format", "json", "--discipline",
                                 "global_pge_toggle", "--discipline", "not_global"});
    const auto rows = nlohmann::json::parse(ran.out).at("rows");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows.at(0).at("discipline"), "global_pge_toggle");
    EXPECT_EQ(rows.at(1).at("discipline"), "not_global");
}

TEST_F(CommandLine, AnotherMachineCanBeChosen)
{
    const Ran ran = program.run({"run", quick_scenario, "--machine", "tiny_by_hand", "--format", "json"});
    EXPECT_EQ(nlohmann::json::parse(ran.out).at("machine"), "tiny_by_hand");
}

TEST_F(CommandLine, MachinesListsAndShowsEveryProfile)
{
    const Ran list = program.run({"machines", "--format", "json"});
    EXPECT_EQ(list.status, 0);
    const auto machines = nlohmann::json::parse(list.out);
    EXPECT_GE(machines.size(), 5U);
    for (const auto& machine : machines) {
        const std::string name = machine.at("name");
        EXPECT_NE(program.run({"machines"}).out.find("  " + name + " "), std::string::npos);
        const Ran shown = program.run({"machines", name});
        EXPECT_EQ(shown.status, 0) << name;
        EXPECT_NE(shown.out.find("invlpg"), std::string::npos) << name;
        EXPECT_TRUE(nlohmann::json::accept(program.run({"machines", name, "--format", "json"}).out));
    }
}

TEST_F(CommandLine, ValidateSaysThatEveryShippedScenarioIsValid)
{
    for (const fs::path& file : shipped_scenarios()) {
        const Ran ran = program.run({"validate", file.string()});
        EXPECT_EQ(ran.status, 0) << file << ran.err;
        EXPECT_NE(ran.out.find("valid: " + file.stem().string()), std::string::npos) << ran.out;
    }
}

} // namespace
} // namespace drywalk::cli
