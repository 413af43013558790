// SPDX-License-Identifier: MIT
// drywalk check as its users meet it: exit codes, streams, files, pipes.
#include "tests/cli/program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::cli::test {
namespace {

const std::string good = "{\"drywalk_trace\":1}\n{\"op\":\"read\",\"va\":0}\n";

/// One page is mapped, moved, and used; `leaf` is the second value of its entry.
std::string moved_page(const std::string& leaf)
{
    return "{\"drywalk_trace\":1}\n"
           "{\"op\":\"store\",\"pa\":\"0x1000\",\"value\":\"0x2027\"}\n"
           "{\"op\":\"store\",\"pa\":\"0x2000\",\"value\":\"0x3027\"}\n"
           "{\"op\":\"store\",\"pa\":\"0x3000\",\"value\":\"0x4027\"}\n"
           "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"0x5067\"}\n"
           "{\"op\":\"mov_cr3\",\"value\":\"0x1000\"}\n"
           "{\"op\":\"store\",\"pa\":\"0x4000\",\"value\":\"" +
           leaf +
           "\",\"src\":\"mm.c:7\"}\n"
           "{\"op\":\"read\",\"va\":0,\"src\":\"use.c:9\"}\n";
}

const std::string bad = moved_page("0x6067");
const std::string warned = moved_page("0x5047"); // A was cleared

class Check : public testing::Test {
protected:
    /// The shell runs `line`, in which $D is the program.
    [[nodiscard]] Ran shell(const std::string& line) const
    {
        (void)program.write("line.sh", "D='" + std::string{DRYWALK_PROGRAM} + "'\n" + line);
        process::Command command;
        command.words = {"bash", "-c", "bash line.sh >../shell_out 2>../shell_err"};
        command.directory = program.folder();
        command.time_limit = std::chrono::seconds{60};
        const process::Exit exit = run_process(command);
        const fs::path beside = program.folder().parent_path();
        return {exit.timed_out ? -1 : exit.status, text_of(beside / "shell_out"), text_of(beside / "shell_err")};
    }

    Program program;
};

TEST_F(Check, EndsWith0WhereATraceIsClean)
{
    (void)program.write("t.jsonl", good);
    const Ran ran = program.run({"check", "t.jsonl"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.err, "");
    EXPECT_TRUE(ran.out.starts_with("clean: t.jsonl: 0 violations, ")) << ran.out;
}

TEST_F(Check, NeverWritesOverWhatItReads)
{
    (void)program.write("t.jsonl", bad);
    for (const char* const option : {"--out", "--write-baseline"}) {
        const Ran ran = program.run({"check", "t.jsonl", option, "t.jsonl"});
        EXPECT_EQ(ran.status, 2) << option;
        EXPECT_NE(ran.err.find("this is t.jsonl, which would be lost"), std::string::npos) << ran.err;
        EXPECT_EQ(text_of(program.folder() / "t.jsonl"), bad);
    }
    const Ran twice = program.run({"check", "t.jsonl", "--out", "o", "--write-baseline", "o"});
    EXPECT_EQ(twice.status, 2);
    EXPECT_FALSE(fs::exists(program.folder() / "o"));
}

TEST_F(Check, EndsWith1WhereThereAreViolations)
{
    (void)program.write("t.jsonl", bad);
    for (const std::string format : {"text", "json", "sarif", "junit", "gcc", "github"}) {
        const Ran ran = program.run({"check", "t.jsonl", "--format", format});
        EXPECT_EQ(ran.status, 1) << format;
        EXPECT_EQ(ran.err, "") << format;
        EXPECT_NE(ran.out.find("stale-translation"), std::string::npos) << format;
        EXPECT_NE(ran.out.find("mm.c"), std::string::npos) << format;
    }
}

TEST_F(Check, FailsForWarningsOnlyIfStrict)
{
    (void)program.write("t.jsonl", warned);
    EXPECT_EQ(program.run({"check", "t.jsonl"}).status, 0);
    const Ran strict = program.run({"check", "t.jsonl", "--strict"});
    EXPECT_EQ(strict.status, 1);
    EXPECT_NE(strict.out.find("warning: lost-accessed"), std::string::npos) << strict.out;
}

TEST_F(Check, TakesTheVendorFromTheCommandLine)
{
    (void)program.write("t.jsonl", good);
    const Ran ran = program.run({"check", "t.jsonl", "--vendor", "amd-tce", "--format", "json"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(nlohmann::json::parse(ran.out).at("vendor"), "amd-tce");
}

TEST_F(Check, RefusesBadUsageInOneLine)
{
    (void)program.write("t.jsonl", good);
    const std::pair<std::vector<std::string>, std::string> cases[] = {
        {{"check"}, "drywalk: check needs a trace: drywalk check FILE, or - for standard input\n"},
        {{"check", "t.jsonl", "--format", "xml"},
         "drywalk: --format xml: legal are text, json, sarif, junit, gcc and github\n"},
        {{"check", "t.jsonl", "--vendor", "via"},
         "drywalk: --vendor via: legal are intel, amd, amd-tce and portable\n"},
        {{"check", "missing.jsonl"},
         "drywalk: missing.jsonl: no such file (a trace is expected, or - for standard input)\n"},
        {{"check", "."}, "drywalk: .: is a directory (a trace is expected)\n"},
        {{"check", "t.jsonl", "--source-root", "t.jsonl", "--out", "report"},
         "drywalk: --source-root t.jsonl: no such directory\n"},
        {{"check", "t.jsonl", "--baseline", "missing.json"},
         "drywalk: missing.json: no such file (a baseline is expected; --write-baseline writes one)\n"},
        {{"check", "t.jsonl", "--vendor", "via", "--out", "report"},
         "drywalk: --vendor via: legal are intel, amd, amd-tce and portable\n"},
    };
    for (const auto& [arguments, message] : cases) {
        const Ran ran = program.run(arguments);
        EXPECT_EQ(ran.status, 2) << message;
        EXPECT_EQ(ran.out, "") << message;
        EXPECT_EQ(ran.err, message);
    }
    EXPECT_FALSE(fs::exists(program.folder() / "report"));
}

TEST_F(Check, SaysWhereATraceIsBadAndWritesNothing)
{
    (void)program.write("t.jsonl", bad + "{\"op\":\"store\",\"pa\":\"0x1004\",\"value\":0}\n");
    for (const std::string format : {"text", "json", "sarif"}) {
        const Ran ran = program.run({"check", "t.jsonl", "--format", format, "--out", "report"});
        EXPECT_EQ(ran.status, 2);
        EXPECT_EQ(ran.out, "");
        EXPECT_EQ(ran.err, "drywalk: t.jsonl:9:20: \"pa\" is 0x1004 (a store goes to a multiple of 8)\n");
        EXPECT_FALSE(fs::exists(program.folder() / "report"));
    }
}

TEST_F(Check, WritesTheReportToAFile)
{
    (void)program.write("t.jsonl", bad);
    const Ran ran = program.run({"check", "t.jsonl", "--format", "sarif", "--out", "new/report.sarif"});
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(nlohmann::json::parse(text_of(program.folder() / "new" / "report.sarif")).at("version"), "2.1.0");
    EXPECT_EQ(program.run({"check", "t.jsonl", "--out", "t.jsonl/report"}).status, 2);
}

TEST_F(Check, FailsNoMoreForWhatABaselineNames)
{
    (void)program.write("t.jsonl", bad);
    EXPECT_EQ(program.run({"check", "t.jsonl", "--write-baseline", "b.json"}).status, 1);
    const Ran known = program.run({"check", "t.jsonl", "--baseline", "b.json"});
    EXPECT_EQ(known.status, 0);
    EXPECT_TRUE(known.out.starts_with("nothing new: t.jsonl: 1 violation, ")) << known.out;
    (void)program.write("t.jsonl", warned);
    const Ran stale = program.run({"check", "t.jsonl", "--baseline", "b.json", "--write-baseline", "b.json"});
    EXPECT_EQ(stale.status, 0);
    EXPECT_NE(stale.out.find("  stale-translation at mm.c:7 ["), std::string::npos) << stale.out;
    const Ran strict = program.run({"check", "t.jsonl", "--baseline", "b.json", "--strict"});
    EXPECT_EQ(strict.status, 0) << "the warning is known by now";
    EXPECT_EQ(strict.out.find("no longer found"), std::string::npos) << strict.out;
}

TEST_F(Check, AcceptsWhatACommentInTheSourceAccepts)
{
    (void)program.write("t.jsonl", bad);
    fs::create_directory(program.folder() / "sources");
    (void)program.write("sources/mm.c",
                        "\n\n\n\n\n\n*e = 0; // drywalk: accept stale-translation one processor only\n");
    EXPECT_EQ(program.run({"check", "t.jsonl"}).status, 1);
    const Ran accepted = program.run({"check", "t.jsonl", "--source-root", "sources"});
    EXPECT_EQ(accepted.status, 0) << accepted.out;
    EXPECT_NE(accepted.out.find("stale-translation at mm.c:7: one processor only (1 finding)"), std::string::npos);
    (void)program.write("sources/mm.c", "\n\n\n\n\n\n*e = 0; // drywalk: accept stale-translation\n");
    const Ran unreasoned = program.run({"check", "t.jsonl", "--source-root", "sources", "--out", "report"});
    EXPECT_EQ(unreasoned.status, 2);
    EXPECT_TRUE(unreasoned.err.starts_with("drywalk: mm.c:7:12: stale-translation is accepted without a reason"))
        << unreasoned.err;
    EXPECT_FALSE(fs::exists(program.folder() / "report"));
}

TEST_F(Check, PricesRedundantInvalidationsOnAMachine)
{
    const std::string flush = "{\"op\":\"invlpg\",\"va\":\"0x7000\",\"src\":\"mm.c:3\"}\n";
    (void)program.write("t.jsonl", moved_page("0x5067") + flush + flush);
    const Ran ran = program.run({"check", "t.jsonl", "--machine", "tiny_by_hand"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_NE(ran.out.find("(mm.c:3) and 1 more from this line, "), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find(" cycles in all on tiny_by_hand, "), std::string::npos) << ran.out;
    EXPECT_EQ(program.run({"check", "t.jsonl", "--machine", "none"}).status, 2);
}

TEST_F(Check, JudgesTheRunsOfAScenarioInEveryFormat)
{
    const std::string scenario = (scenarios / "bad_global_no_flush.json").string();
    const auto checked = [&](const std::string& format) {
        const Ran ran = program.run({"check", scenario, "--format", format});
        EXPECT_EQ(ran.status, 1) << format << ran.err;
        return ran.out;
    };
    const nlohmann::json document = nlohmann::json::parse(checked("json"));
    ASSERT_FALSE(document.at("runs").empty());
    EXPECT_GT(document.at("violations_total").get<int>(), 0);
    const nlohmann::json sarif = nlohmann::json::parse(checked("sarif"));
    ASSERT_EQ(sarif.at("runs").size(), document.at("runs").size());
    EXPECT_EQ(sarif.at("runs").at(0).at("results").size(), document.at("runs").at(0).at("groups").size());
    EXPECT_TRUE(checked("gcc").starts_with("kernel_model/core/")) << "the line of the kernel to fix";
    EXPECT_TRUE(checked("github").starts_with("::error file=kernel_model/core/"));
    EXPECT_NE(checked("junit").find("bad_global_no_flush.json (global_no_flush)"), std::string::npos);
    EXPECT_NE(checked("text").find("\nfix: kernel_model/core/"), std::string::npos);
}

/// A report up to what made it, which names the command.
std::string without_origin(const std::string& report) { return report.substr(0, report.find("made by drywalk ")); }

TEST_F(Check, ReadsStandardInputAndPipesAndTellsTheSame)
{
    (void)program.write("t.jsonl", bad);
    const std::string from_file = program.run({"check", "t.jsonl"}).out;
    const Ran from_input = shell("$D check - <t.jsonl");
    EXPECT_EQ(from_input.status, 1);
    std::string expected = from_file;
    expected.replace(expected.find("t.jsonl"), 7, "standard input");
    EXPECT_EQ(without_origin(from_input.out), without_origin(expected));
    const Ran from_pipe = shell("cat t.jsonl | $D check -");
    EXPECT_EQ(without_origin(from_pipe.out), without_origin(expected));
    const Ran from_fifo = shell("mkfifo f; cat t.jsonl >f & $D check f");
    EXPECT_EQ(from_fifo.status, 1);
    EXPECT_NE(from_fifo.out.find("broken by      event 5: store pa=0x4000 value=0x6067 (mm.c:7)"), std::string::npos);
}

TEST_F(Check, UnpacksWhateverTheFileIsCalled)
{
    (void)program.write("t.jsonl", bad);
    for (const std::string tool : {"gzip", "xz", "zstd"}) {
        const Ran ran = shell("T=" + tool + R"(
command -v $T >/dev/null || exit 77
$T -c <t.jsonl >packed
$D check packed)");
        if (ran.status == 77) continue;
        EXPECT_EQ(ran.status, 1) << tool << ran.err;
        EXPECT_NE(ran.out.find("broken by      event 5: store pa=0x4000 value=0x6067 (mm.c:7)"), std::string::npos)
            << tool;
    }
}

TEST_F(Check, StopsInAnEndlessLineInBoundedMemory)
{
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer reserves more address space than the limit";
#endif
    // 256 MiB of address space: the program, its libraries and its buffers, but not the line.
    const Ran ran = shell("ulimit -v 262144; { echo '{\"drywalk_trace\":1}'; cat /dev/zero; } | timeout 20 $D check -");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "drywalk: standard input:2:65537: a line of more than 65536 bytes (an event takes far less)\n");
}

TEST_F(Check, EndsWith2WhereNothingWasJudgedUnlessThatIsAllowed)
{
    (void)program.write("t.jsonl", "{\"drywalk_trace\":1}\n");
    const Ran ran = program.run({"check", "t.jsonl"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(without_origin(ran.out), "nothing judged: t.jsonl: 0 events, but no access and no release among them\n");
    EXPECT_EQ(program.run({"check", "t.jsonl", "--allow-empty"}).status, 0);
    const Ran json = program.run({"check", "t.jsonl", "--format", "json", "--allow-empty"});
    EXPECT_EQ(nlohmann::json::parse(json.out).at("verdict"), "nothing judged");
}

TEST_F(Check, MergesTheLogsOfSeveralProcessors)
{
    const std::string header = "{\"drywalk_trace\":2,\"cpus\":2}\n";
    (void)program.write("a", header + R"({"op":"store","pa":"0x1000","value":"0x2027","seq":0}
{"op":"store","pa":"0x2000","value":"0x3027","seq":1}
{"op":"store","pa":"0x3000","value":"0x4027","seq":2}
{"op":"fill","pa":"0x4000","value":"0x5067","seq":3}
{"op":"store","pa":"0x4000","value":0,"seq":5,"stack":["unmap mm.c:7","set pte.h:1"]}
)");
    (void)program.write("b", header + R"({"op":"mov_cr3","value":"0x1000","cpu":1,"seq":4}
{"op":"read","va":0,"cpu":1,"seq":6}
)");
    const Ran ran = program.run({"check", "a", "b", "--accessor", "set", "--accessor", "other"});
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_NE(ran.out.find("b:3"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("mm.c:7"), std::string::npos) << ran.out;
    const Ran from_input = shell("$D check a - <b");
    EXPECT_EQ(from_input.status, 1) << from_input.err;
    const Ran twice = program.run({"check", "a", "a"});
    EXPECT_EQ(twice.status, 2);
    EXPECT_EQ(twice.err, "drywalk: a:2:52: \"seq\" is 0 as at a:2 (each event of all logs has its own number)\n");
}

TEST_F(Check, SkipsNoiseOnlyIfAsked)
{
    (void)program.write("serial", "x\n" + bad + "panic");
    EXPECT_EQ(program.run({"check", "serial", "--skip-noise"}).status, 1);
    const Ran strict = program.run({"check", "serial"});
    EXPECT_EQ(strict.status, 2);
    EXPECT_NE(strict.err.find("--skip-noise"), std::string::npos) << strict.err;
}

TEST_F(Check, RefusesWhatNoProcessorDoes)
{
    (void)program.write("t.jsonl", good + "{\"op\":\"mov_cr3\",\"value\":\"0x8000000000001000\"}\n");
    const Ran ran = program.run({"check", "t.jsonl"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.err.starts_with("drywalk: t.jsonl:3:25: mov_cr3 ")) << ran.err;
}

TEST_F(Check, SaysInOneLineThatMemoryIsExhausted)
{
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer reserves more address space than the limit";
#endif
    const Ran ran = shell("ulimit -v 262144; awk 'BEGIN { print \"{\\\"drywalk_trace\\\":2,\\\"memory_bytes\\\":"
                          "\\\"0x100000000000\\\"}\"; for (n = 1; n < 100000; n++) printf "
                          "\"{\\\"op\\\":\\\"fill\\\",\\\"pa\\\":%d,\\\"value\\\":2}\\n\", n * 4096 }' | $D check -");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.err.starts_with("drywalk: standard input:")) << ran.err;
    EXPECT_NE(ran.err.find("not enough memory"), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

TEST_F(Check, NoticesThatNobodyTakesTheReport)
{
    (void)program.write("t.jsonl", good);
    const Ran ran = shell("$D check t.jsonl >/dev/full");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "drywalk: the report cannot be written to standard output: No space left on device\n");
}

} // namespace
} // namespace drywalk::cli::test
