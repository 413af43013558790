// SPDX-License-Identifier: MIT
// Options and files that ask for what cannot be: told before anything runs, and what would be legal.
#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

namespace drywalk::cli {
namespace {

using namespace test;

const std::string quick_scenario = (scenarios / "good_not_global.json").string();
const std::string curves = "pattern,elements,stride_pages,cycles\none_line_per_4k_page,8,1,4\n";

class BadInput : public testing::Test {
protected:
    /// Exit code 2, nothing on standard output, and of the lines one that has `part`.
    void expect_error(const std::vector<std::string>& arguments, const std::string& part)
    {
        const Ran ran = program.run(arguments);
        const std::string shown = testing::PrintToString(arguments);
        EXPECT_EQ(ran.status, 2) << shown << "\n" << ran.err;
        EXPECT_EQ(ran.out, "") << shown;
        EXPECT_NE(ran.err.find(part), std::string::npos) << shown << "\n" << ran.err;
        std::istringstream lines{ran.err};
        for (std::string line; std::getline(lines, line);) {
            EXPECT_TRUE(line.starts_with("drywalk: ")) << shown << "\n" << line;
            EXPECT_LT(line.size(), 1500U) << shown;
        }
    }
    [[nodiscard]] nlohmann::json scenario() const
    {
        nlohmann::json document = nlohmann::json::parse(text_of(quick_scenario));
        document.erase("$schema");
        return document;
    }
    std::string write_json(const std::string& name, const nlohmann::json& document) const
    {
        return program.write(name, document.dump(1)).string();
    }

    Program program;
};

TEST_F(BadInput, NumbersAreWholeAndWithinTheirRange)
{
    (void)program.write("c.csv", curves);
    for (const char* number : {"-1", "+1", "1.5", "0x10", "nan", "18446744073709551616", "1 "})
        expect_error({"run", quick_scenario, "--seed", number}, ": legal are 0 to 9007199254740991");
    expect_error({"run", quick_scenario, "--replay-witness", "-1"}, "--replay-witness -1: legal are 0 to");
    expect_error({"boot", quick_scenario, "--time-limit", "-1"}, "--time-limit -1: legal are 1 to 86400");
    expect_error({"boot", quick_scenario, "--time-limit", "0"}, "--time-limit 0: legal are 1 to 86400");
    for (const char* seconds : {"-1", "nan", "inf", "1e400", "0"})
        expect_error({"calibrate", "zen4", "--native", "--seconds", seconds}, "legal are 0.1 to 86400");
    expect_error({"calibrate", "zen4", "--against", "c.csv", "--seed", "-1"}, "--seed -1: legal are 0 to");
    expect_error({"run", quick_scenario, "--seed", std::string(100'000, '9')}, "--seed \"99999");
}

TEST_F(BadInput, AValueThatStandsTwiceIsRefused)
{
    expect_error({"run", quick_scenario, "--discipline", "not_global", "--discipline", "NOT-GLOBAL"}, "given twice");
    expect_error({"boot", quick_scenario, "--on", "qemu", "--on", "qemu"}, "--on qemu: given twice");
    expect_error({"run", quick_scenario, "--seed", "1", "--seed", "2"}, "seed");
    expect_error({"run", quick_scenario, "--set", "/costs/invlpg=1", "--set", "/costs/invlpg=2"}, "each pointer once");
}

TEST_F(BadInput, OptionsThatWouldDoNothingAreRefused)
{
    (void)program.write("c.csv", curves);
    expect_error({"run", quick_scenario, "--oracle", "off", "--vendor", "intel"}, "--vendor would do nothing");
    expect_error({"run", quick_scenario, "--oracle", "off", "--tlb", "adversarial"}, "--tlb would do nothing");
    expect_error({"run", quick_scenario, "--replay-witness", "99999999999"}, "finds no violation at this event");
    expect_error({"calibrate", "zen4", "--against", "c.csv", "--seconds", "3"}, "--seconds would do nothing");
    expect_error({"calibrate", "zen4", "--against", "c.csv", "--brief", "--format", "json"},
                 "--brief would do nothing");
    expect_error({"check", quick_scenario, "--skip-noise"}, "--skip-noise would do nothing");
    expect_error({"check", quick_scenario, "--no-fingerprints"}, "--no-fingerprints would do nothing");
    expect_error({"boot", quick_scenario, "--measure-kernel", "f", "--on", "qemu"}, "--on would do nothing");
}

TEST_F(BadInput, NamesAreReadInSmallLettersAndCapitals)
{
    const std::string usual = program.run({"run", quick_scenario, "--nested", "4k", "--no-sweep"}).out;
    EXPECT_FALSE(usual.empty());
    // The report repeats the command as it was typed.
    const auto replaced = [](std::string text, const std::string& typed, const std::string& usual_name) {
        const std::size_t at = text.find(typed);
        return at == std::string::npos ? text : text.replace(at, typed.size(), usual_name);
    };
    EXPECT_EQ(replaced(program.run({"run", quick_scenario, "--nested", "4K", "--no-sweep"}).out, "--nested 4K",
                       "--nested 4k"),
              usual);
    (void)program.write("t.jsonl", R"({"drywalk_trace":1})"
                                   "\n"
                                   R"({"op":"read","va":"0x1000"})"
                                   "\n");
    EXPECT_EQ(replaced(program.run({"check", "t.jsonl", "--vendor", "amd_tce"}).out, "amd_tce", "amd-tce"),
              program.run({"check", "t.jsonl", "--vendor", "amd-tce"}).out);
}

TEST_F(BadInput, SeveralMistakesHaveALineEach)
{
    nlohmann::json document = scenario();
    document["summary"] = 5;
    document["colour"] = "red";
    const Ran ran = program.run({"validate", write_json("s.json", document)});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 2) << ran.err;
    expect_error({"validate", "s.json"}, "s.json: /: unknown key \"colour\"");
    expect_error({"validate", "s.json"}, "s.json: /summary: 5 where string is legal");
}

TEST_F(BadInput, AFileThatCannotBeReadSaysWhy)
{
    fs::create_symlink("loop.json", program.folder() / "loop.json");
    (void)program.write("file", "{}");
    expect_error({"run", "loop.json"}, "symbolic links");
    expect_error({"run", "file/s.json"}, "Not a directory");
    expect_error({"run", std::string(300, 'a') + ".json"}, "too long");
    expect_error({"run", std::string(100'000, 'a') + ".json"}, "too long");
    expect_error({"calibrate", "zen4", "--against", "none.csv"}, "none.csv: no such file (a CSV file is expected)");
}

TEST_F(BadInput, MachineOverridesAreCheckedWhereTheyStand)
{
    expect_error({"run", quick_scenario, "--set", "/costs/invlpg=-1"}, "--set: /costs/invlpg: -1 is out of range");
    expect_error({"calibrate", "zen4", "--against", "c.csv", "--set", "/costs/walk_start="},
                 "no value (legal: POINTER");
    expect_error({"calibrate", "zen4", "--against", "c.csv", "--set", "/costs/invlpg/source=me"}, "decided by this");
    nlohmann::json document = scenario();
    document["machine_overrides"] = {{"/costs/invlpg", -1}};
    expect_error({"run", write_json("s.json", document)}, "s.json: /machine_overrides/~1costs~1invlpg: -1 is out of");
}

TEST_F(BadInput, NotEnoughMemoryNamesTheInput)
{
    process::Command command;
    command.words = {"sh", "-c", "ulimit -v 300000; exec \"$0\" check t.jsonl >out 2>err", DRYWALK_PROGRAM};
    command.directory = program.folder();
    command.time_limit = std::chrono::minutes{1};
    std::string trace = "{\"drywalk_trace\":1,\"memory_bytes\":1099511627776}\n";
    for (unsigned table = 0; table < 60'000; ++table)
        trace += "{\"op\":\"store\",\"pa\":\"0x" + std::to_string(table + 1) + "000\",\"value\":\"0x27\"}\n";
    (void)program.write("t.jsonl", trace);
#ifndef __SANITIZE_ADDRESS__
    EXPECT_EQ(process::run_process(command).status, 2);
    const std::string err = text_of(program.folder() / "err");
    EXPECT_TRUE(err.starts_with("drywalk: ")) << err;
    EXPECT_NE(err.find("t.jsonl"), std::string::npos) << err;
    EXPECT_NE(err.find("not enough memory"), std::string::npos) << err;
#endif
}

// What a file holds ------------------------------------------------------------------------------------------------

TEST_F(BadInput, AScenarioIsKnownByItsContentHoweverLate)
{
    nlohmann::json document = scenario();
    std::string text = document.dump();
    text.insert(1, std::string(200'000, ' '));
    (void)program.write("s.json", text);
    EXPECT_EQ(program.run({"check", "s.json"}).status, 0);
    (void)program.write("s.json", "{\n \"workload\": {},,\n}");
    expect_error({"check", "s.json"}, "s.json:2:17: ");
    expect_error({"check", (scenarios / "machines/zen4.json").string()}, "is a machine profile");
    (void)program.write("s.json", "{\"a\": 1}");
    expect_error({"check", "s.json"}, "is neither a trace nor a scenario");
}

// Machines ---------------------------------------------------------------------------------------------------------

TEST_F(BadInput, AScenarioIsJudgedAlone)
{
    const std::string scenario = (scenarios / "good_not_global.json").string();
    const std::string trace = (scenarios / "litmus/bad_remap-01.jsonl").string();
    for (const std::vector<std::string>& files : {std::vector{scenario, scenario}, std::vector{trace, scenario}}) {
        std::vector<std::string> words{"check"};
        words.insert(words.end(), files.begin(), files.end());
        const Ran ran = program.run(words);
        EXPECT_EQ(ran.status, 2);
        EXPECT_EQ(ran.err, "drywalk: " + scenario +
                               ": is a scenario, beside other inputs (legal: one scenario alone, or traces)\n");
    }
}

TEST_F(BadInput, AProfileOfTheUsersIsGivenByItsPath)
{
    (void)program.write("my.json", R"({"extends": "zen4", "title": "Another Zen 4"})");
    EXPECT_NE(program.run({"machines", "my.json"}).out.find("Another Zen 4"), std::string::npos);
    const Ran ran = program.run({"run", quick_scenario, "--machine", "./my.json", "--no-sweep", "--format", "json"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(nlohmann::json::parse(ran.out).at("machine"), "./my.json");
    nlohmann::json document = scenario();
    document["machine"] = "my.json";
    EXPECT_EQ(program.run({"validate", write_json("s.json", document)}).status, 0);
    expect_error({"machines", "none.json"}, "none.json: no such file");
}

TEST_F(BadInput, ASeedAndASetValueReachTheRun)
{
    const auto run = [&](const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"run", quick_scenario, "--no-sweep", "--format", "json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return nlohmann::json::parse(program.run(arguments).out);
    };
    const nlohmann::json usual = run({});
    EXPECT_EQ(run({"--seed", "77"}).at("seed"), 77);
    const nlohmann::json dear = run({"--set", "/costs/mov_cr3=9999"});
    EXPECT_GT(dear.at("rows").at(0).at("cycles").at("total"), usual.at("rows").at(0).at("cycles").at("total"));
}

TEST_F(BadInput, ASweepOverMachinesRunsEachOnItsOwn)
{
    nlohmann::json document = scenario();
    document.erase("expect");
    document["disciplines"] = {"not_global"};
    document["sweep"] = {{"knobs", {{{"pointer", "/machine"}, {"values", {"tiny_by_hand", "zen4"}}}}}};
    const std::string file = write_json("s.json", document);
    const auto sweep = nlohmann::json::parse(program.run({"run", file, "--format", "json"}).out).at("sweep");
    ASSERT_EQ(sweep.size(), 2U);
    for (const auto& row : sweep) {
        const std::string machine = row.at("knobs").at("/machine");
        const Ran alone = program.run({"run", file, "--no-sweep", "--machine", machine, "--format", "json"});
        EXPECT_EQ(row.at("cycles"), nlohmann::json::parse(alone.out).at("rows").at(0).at("cycles")) << machine;
    }
    expect_error({"run", file, "--machine", "zen4"}, "--machine: the scenario's sweep sets /machine");
}

TEST_F(BadInput, AnOptionMayOverruleASweepThatIsLeftOut)
{
    nlohmann::json document = scenario();
    document.erase("expect");
    document["disciplines"] = {"not_global"};
    document["sweep"] = {{"knobs", {{{"pointer", "/machine_overrides/~1costs~1invlpg"}, {"values", {150, 500}}}}}};
    const std::string file = write_json("s.json", document);
    expect_error({"run", file, "--set", "/costs/invlpg=200"}, "--set /costs/invlpg: the scenario's sweep sets ");
    EXPECT_EQ(program.run({"run", file, "--set", "/costs/invlpg=200", "--no-sweep"}).status, 0);
}

TEST_F(BadInput, HelpIsGivenForACommandToo)
{
    EXPECT_EQ(program.run({"help", "run"}).out, program.run({"run", "--help"}).out);
    EXPECT_NE(program.run({"help"}).out.find("\n  test "), std::string::npos);
    expect_error({"help", "frobnicate"}, "frobnicate: no such command; legal are run");
}

} // namespace
} // namespace drywalk::cli
