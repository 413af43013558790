// SPDX-License-Identifier: MIT
// drywalk replay as its users meet it: formats, files, pipes, and an end before the end.
#include "tests/cli/program.hpp"
#include "tests/replay/support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace drywalk::replay::test {
namespace {

using cli::test::Program;
using cli::test::Ran;
using cli::test::text_of;
namespace fs = std::filesystem;

/// A loop of four instructions over `pages` pages, as lackey would tell it.
std::string lackey_text(std::uint64_t pages)
{
    std::string text = "==1== Lackey, an example Valgrind tool\n";
    for (std::uint64_t index = 0; index < pages; ++index) {
        char lines[200];
        const std::uint64_t data = 0x10000000 + index * 4096;
        std::snprintf(lines, sizeof lines, "I  00401000,4\n L %08lx,8\nI  00401004,3\n S %08lx,8\nI  00401007,2\n",
                      static_cast<unsigned long>(data), static_cast<unsigned long>(data + 8));
        text += lines;
    }
    return text;
}

class ReplayCommand : public testing::Test {
protected:
    [[nodiscard]] Ran replay(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"replay", "--machine", "skylake_sp"});
        return program_.run(arguments);
    }
    [[nodiscard]] nlohmann::json json(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.end(), {"--format", "json"});
        const Ran ran = replay(arguments);
        EXPECT_EQ(ran.status, 0) << ran.err;
        EXPECT_EQ(ran.err, "");
        return nlohmann::json::parse(ran.out);
    }
    /// The shell runs `line`, in which $D is the program.
    [[nodiscard]] Ran shell(const std::string& line) const
    {
        (void)program_.write("line.sh", "D='" + std::string{DRYWALK_PROGRAM} + "'\n" + line);
        process::Command command;
        command.words = {"bash", "-c", "bash line.sh >../shell_out 2>../shell_err"};
        command.directory = program_.folder();
        const process::Exit exit = run_process(command);
        const fs::path beside = program_.folder().parent_path();
        return {exit.timed_out ? -1 : exit.status, text_of(beside / "shell_out"), text_of(beside / "shell_err")};
    }
    void expect_error(const std::vector<std::string>& arguments, const std::string& part) const
    {
        const Ran ran = program_.run(arguments);
        EXPECT_EQ(ran.status, 2) << ran.err;
        EXPECT_EQ(ran.out, "");
        EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
        EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    }

    Program program_;
};

/// skylake_sp faults at the first walk that finds no page; zen4 walks again from the root before it does.
TEST_F(ReplayCommand, SaysWhyMoreWalksThanFaultsFindNothing)
{
    (void)program_.write("t.lackey", lackey_text(200));
    const Ran intel = replay({"t.lackey"});
    EXPECT_NE(intel.out.find("201 of the walks found no translation, which led to 201 page faults"), std::string::npos)
        << intel.out;
    EXPECT_EQ(intel.out.find("walks_again_when_denied"), std::string::npos);
    const Ran amd = program_.run({"replay", "--machine", "zen4", "t.lackey"});
    EXPECT_NE(amd.out.find("which led to 201 page faults\n  two walks for a fault"), std::string::npos) << amd.out;
    EXPECT_NE(amd.out.find("walks_again_when_denied"), std::string::npos);
}

TEST_F(ReplayCommand, NamesTheThousandThatItDividesBy)
{
    (void)program_.write("t.lackey", lackey_text(20));
    const Ran ran = replay({"t.lackey"});
    EXPECT_NE(ran.out.find("misses per 1000"), std::string::npos);
    EXPECT_NE(ran.out.find("per 1000 references of the row; not per 1000 instructions"), std::string::npos);
}

/// Each turn of the loop is five records.
TEST_F(ReplayCommand, WarmsUpOnTheFirstRecords)
{
    (void)program_.write("t.lackey", lackey_text(200));
    const nlohmann::json result = json({"t.lackey", "--warmup", "500", "--limit", "600"});
    EXPECT_EQ(result["warmup_records"], 500);
    EXPECT_EQ(result["references"]["records"], 100);
    EXPECT_EQ(result["memory"]["page_faults"], 20);
    EXPECT_EQ(result["memory"]["small_pages"], 121) << "the footprint includes the warm-up's";
    const Ran text = replay({"t.lackey", "--warmup", "500", "--limit", "600"});
    EXPECT_NE(text.out.find("the first 600 records of the trace"), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("warm-up: the first 500 records"), std::string::npos);
    expect_error({"replay", "--machine", "zen4", "t.lackey", "--warmup", "1000"},
                 "--warmup 1000: no record of t.lackey");
    expect_error({"replay", "--convert", "t.dwt", "t.lackey", "--warmup", "1"},
                 "--warmup would do nothing: --convert replays nothing");
}

TEST_F(ReplayCommand, TellsWhatATraceDid)
{
    (void)program_.write("t.lackey", lackey_text(200));
    const nlohmann::json result = json({"t.lackey"});
    EXPECT_EQ(result["input_format"], "lackey");
    EXPECT_EQ(result["references"]["all"], 1000);
    EXPECT_EQ(result["references"]["fetches"], 600);
    EXPECT_EQ(result["references"]["loads"], 200);
    EXPECT_EQ(result["references"]["stores"], 200);
    EXPECT_EQ(result["memory"]["page_faults"], 201);
    EXPECT_EQ(result["memory"]["small_pages"], 201);
    EXPECT_EQ(result["partial"], false);
    EXPECT_EQ(result["tlb"]["fetch"]["misses"], 1);
    std::uint64_t sum = 0;
    for (const auto& category : result["cycles"]["categories"])
        sum += category["cycles"].get<std::uint64_t>();
    const nlohmann::json& cycles = result["cycles"];
    EXPECT_EQ(cycles["total"], sum);
    EXPECT_EQ(sum, cycles["user_access"].get<std::uint64_t>() + cycles["translation"].get<std::uint64_t>() +
                       cycles["paging"].get<std::uint64_t>());
}

/// As TellsWhatATraceDid, with a host: its walks have categories of their own, and are part of the translation.
TEST_F(ReplayCommand, TellsWhatAHostAdds)
{
    (void)program_.write("t.lackey", lackey_text(200));
    const nlohmann::json result = json({"t.lackey", "--nested", "2m", "--guest-memory", "4"});
    EXPECT_EQ(result["nested"]["host_page_size"], "2m");
    EXPECT_EQ(result["nested"]["guest_memory_gib"], 4);
    EXPECT_EQ(result["nested"]["most_entries_a_walk"], 19);
    const nlohmann::json& host = result["host_walks"];
    EXPECT_GT(host["all"], 0);
    EXPECT_EQ(host["lookups"], host["tlb_hits"].get<std::uint64_t>() + host["all"].get<std::uint64_t>());
    std::uint64_t sum = 0;
    std::uint64_t host_entries = 0;
    for (const auto& [name, category] : result["cycles"]["categories"].items()) {
        sum += category["cycles"].get<std::uint64_t>();
        if (name.starts_with("nested_")) host_entries += category["count"].get<std::uint64_t>();
    }
    EXPECT_EQ(host["entries_read"], host_entries);
    const nlohmann::json& cycles = result["cycles"];
    EXPECT_EQ(cycles["total"], sum);
    EXPECT_EQ(sum, cycles["user_access"].get<std::uint64_t>() + cycles["translation"].get<std::uint64_t>() +
                       cycles["paging"].get<std::uint64_t>());
    EXPECT_FALSE(json({"t.lackey"}).contains("host_walks"));
    const Ran text = replay({"t.lackey", "--nested", "2m"});
    EXPECT_EQ(text.status, 0) << text.err;
    for (const std::string part : {"host maps pages of 2 MiB", "hits of the nested TLB", "19 at most",
                                   "host's pde reads", "host's page-walk reads"})
        EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
}

TEST_F(ReplayCommand, TextIsForPeople)
{
    (void)program_.write("t.lackey", lackey_text(3));
    const Ran ran = replay({"t.lackey"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    for (const std::string part : {"replay of t.lackey (lackey trace)", "machine skylake_sp",
                                   "15 references: 9 fetches", "4 page faults", "page walks", "total", "are assumed"})
        EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
}

TEST_F(ReplayCommand, EveryFormatAndCompressionGivesTheSame)
{
    (void)program_.write("t.lackey", lackey_text(100));
    ASSERT_EQ(program_.run({"replay", "--convert", "t.dwt", "t.lackey"}).status, 0);
    ASSERT_EQ(shell("gzip -k t.lackey && gzip -k t.dwt").status, 0);
    const nlohmann::json expected = json({"t.lackey"});
    for (const std::string file : {"t.dwt", "t.lackey.gz", "t.dwt.gz"})
        EXPECT_EQ(json({file})["cycles"], expected["cycles"]) << file;
    const Ran piped = shell("$D replay --machine skylake_sp --format json - < t.dwt.gz");
    ASSERT_EQ(piped.status, 0) << piped.err;
    EXPECT_EQ(nlohmann::json::parse(piped.out)["cycles"], expected["cycles"]);
    EXPECT_EQ(nlohmann::json::parse(piped.out)["input_format"], "native");
}

TEST_F(ReplayCommand, ReadsChampsimRecords)
{
    std::string bytes;
    for (std::uint64_t index = 0; index < 50; ++index)
        bytes += ChampsimRecord{0x400000 + index * 4, {0x10000000 + index * 4096}, {0x20000000}}.bytes();
    (void)program_.write("t.champsim", bytes);
    const nlohmann::json result = json({"t.champsim", "--pages", "2m"});
    EXPECT_EQ(result["input_format"], "champsim");
    EXPECT_EQ(result["references"]["all"], 150);
    EXPECT_EQ(result["memory"]["large_pages"], 3);
}

TEST_F(ReplayCommand, EndsAtTheLimit)
{
    (void)program_.write("t.lackey", lackey_text(100));
    const nlohmann::json some = json({"t.lackey", "--limit", "7"});
    EXPECT_EQ(some["references"]["records"], 7);
    EXPECT_EQ(some["limited"], true);
    const nlohmann::json all = json({"t.lackey", "--limit", "500"});
    EXPECT_EQ(all["references"]["records"], 500);
    EXPECT_EQ(all["limited"], false) << "the trace ends there by itself";
}

TEST_F(ReplayCommand, WritesTheReportToAFile)
{
    (void)program_.write("t.lackey", lackey_text(2));
    const Ran ran = replay({"t.lackey", "--format", "json", "--out", "folder/r.json"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(nlohmann::json::parse(text_of(program_.folder() / "folder" / "r.json"))["drywalk_replay"], 1);
}

TEST_F(ReplayCommand, AnInterruptedReplayIsValidAndPartial)
{
    (void)program_.write("t.lackey", lackey_text(10));
    const Ran ran = shell("mkfifo p; exec 3<>p; cat t.lackey >&3\n"
                          "timeout --preserve-status -s INT 2 $D replay --machine skylake_sp --format json - <p");
    EXPECT_EQ(ran.status, 130) << ran.err;
    const nlohmann::json result = nlohmann::json::parse(ran.out);
    EXPECT_EQ(result["partial"], true);
    EXPECT_EQ(result["trace"], "standard input");
}

TEST_F(ReplayCommand, AnInterruptedConversionIsAValidTrace)
{
    (void)program_.write("t.lackey", lackey_text(10'000));
    const Ran ran = shell("mkfifo p; exec 3<>p; (cat t.lackey >&3) &\n"
                          "timeout --preserve-status -s INT 2 $D replay --convert t.dwt - <p");
    EXPECT_EQ(ran.status, 130) << ran.err;
    EXPECT_NE(ran.out.find("PARTIAL"), std::string::npos) << ran.out;
    const nlohmann::json result = json({"t.dwt"});
    EXPECT_EQ(result["recording_cut_short"], true);
    EXPECT_EQ(result["partial"], false);
    EXPECT_GT(result["references"]["records"], 40'000);
}

TEST_F(ReplayCommand, ASignalThatComesAgainLosesNothing)
{
    (void)program_.write("t.lackey", lackey_text(10'000));
    const Ran ran = shell("mkfifo p; exec 3<>p; (cat t.lackey >&3) &\n"
                          "$D replay --convert t.dwt - <p & replay=$!; sleep 1\n"
                          "for i in {1..300}; do kill -TERM $replay; done; wait $replay");
    EXPECT_EQ(ran.status, 130) << ran.err;
    EXPECT_NE(ran.out.find("PARTIAL"), std::string::npos) << ran.out;
    EXPECT_TRUE(fs::exists(program_.folder() / "t.dwt"));
}

TEST_F(ReplayCommand, BadInputIsOneLineAndExitCode2)
{
    (void)program_.write("empty", "");
    (void)program_.write("garbage", std::string(1000, '\xee'));
    (void)program_.write("banner", "==1== Lackey, an example Valgrind tool\n==1== \n");
    (void)program_.write("bad.lackey", lackey_text(2) + " L 800000000000,8\n");
    (void)program_.write("cut.dwt", native_bytes({load(8), load(16)}).substr(0, 11));
    (void)program_.write("utf16", std::string("\xff\xfe=\0=\0", 6));
    (void)program_.write("long.lackey", "I  00401000,4\n L " + std::string(100'000, '1') + ",8\n");
    (void)program_.write("half.champsim", ChampsimRecord{0x400000}.bytes() + "half");
    (void)program_.write("magic.gz", "\x1f\x8b garbage");
    (void)program_.write("cut.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10));
    const auto expect = [&](const std::string& file, const std::string& part) {
        expect_error({"replay", "--machine", "zen4", file}, part);
        expect_error({"replay", "--convert", "out.dwt", file}, part);
        EXPECT_FALSE(fs::exists(program_.folder() / "out.dwt"));
    };
    expect("empty", "empty: is empty");
    expect("garbage", "no trace of memory references");
    expect("banner", "holds no references");
    expect("bad.lackey", "bad.lackey:12:4: 0x800000000000: not a canonical address");
    expect("cut.dwt", "cut.dwt: byte 11: the trace ends without its end record");
    expect("utf16", R"(it begins with "\xff\xfe=\x00=\x00")");
    expect("long.lackey", "long.lackey:2:65537: a line of more than 65536 bytes");
    expect("half.champsim", "half.champsim: byte 64: the trace ends in the middle of a record (4 of 64 bytes)");
    expect("magic.gz", "magic.gz: no valid gzip data");
    expect("cut.gz", "cut.gz: no valid gzip data: it ends too early");
    expect("missing", "no such file");
    expect(".", "is a directory");
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& each : fs::directory_iterator{program_.folder()})
        ++files;
    EXPECT_EQ(files, 10U) << "something was left behind";
}

TEST_F(ReplayCommand, SeveralMachinesAreReportedAsIfAlone)
{
    (void)program_.write("t.lackey", lackey_text(2000));
    const auto run = [&](const std::vector<std::string>& machines, const char* format) {
        std::vector<std::string> arguments{"replay", "t.lackey", "--format", format, "--set", "/costs/walk_start=9"};
        for (const std::string& machine : machines)
            arguments.insert(arguments.end(), {"--machine", machine});
        return program_.run(arguments).out;
    };
    // Each report names the whole command.
    const auto parsed = [&](const std::vector<std::string>& machines) {
        nlohmann::json document = nlohmann::json::parse(run(machines, "json"));
        for (nlohmann::json* const one :
             document.is_array() ? std::vector{&document[0], &document[1]} : std::vector{&document})
            one->at("made_by").erase("command");
        return document;
    };
    const nlohmann::json list = parsed({"zen4", "skylake_sp"});
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0], parsed({"zen4"}));
    EXPECT_EQ(list[1], parsed({"skylake_sp"}));
    const auto text = [&](const std::vector<std::string>& machines) {
        std::string report = run(machines, "text");
        for (std::size_t at = 0; (at = report.find("  drywalk replay ", at)) != std::string::npos;)
            report.erase(at, report.find('\n', at) + 1 - at);
        return report;
    };
    EXPECT_EQ(text({"zen4", "skylake_sp"}), text({"zen4"}) + "\n" + text({"skylake_sp"}));
}

TEST_F(ReplayCommand, AnotherValueOfTheProfileChangesTheCycles)
{
    (void)program_.write("t.lackey", lackey_text(2000));
    const nlohmann::json usual =
        nlohmann::json::parse(program_.run({"replay", "t.lackey", "--machine", "zen4", "--format", "json"}).out);
    const nlohmann::json dear = nlohmann::json::parse(
        program_.run({"replay", "t.lackey", "--machine", "zen4", "--format", "json", "--set", "/costs/walk_start=999"})
            .out);
    EXPECT_NE(usual.dump(), dear.dump());
}

TEST_F(ReplayCommand, BadUsageIsOneLineAndExitCode2)
{
    (void)program_.write("t.lackey", lackey_text(1));
    expect_error({"replay"}, "needs a trace");
    expect_error({"replay", "t.lackey"}, "needs --machine NAME");
    expect_error({"replay", "t.lackey", "--machine", "z80"}, "z80");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--pages", "1g"}, "--pages 1g: legal are 4k, 2m and thp");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--input-format", "elf"}, "legal are lackey, champsim");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--table-memory", "0"}, "legal are 2 to");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--nested", "3k"}, "legal are 4k, 2m and 1g");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--nested", "4k", "--guest-memory", "0"},
                 "--guest-memory 0: legal are 1 to 1024");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--nested", "4k", "--guest-memory", "1"},
                 "--guest-memory 1: the page tables alone may take 1024 MiB (legal: --guest-memory 2 or more, or "
                 "--table-memory 1023 or less)");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--guest-memory", "4"},
                 "--guest-memory would do nothing: there is no guest (legal: with --nested)");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--machine", "zen4"},
                 "--machine zen4: given twice (legal: each value once)");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--limit", "-1"}, "--limit -1: legal are 0 to 1844674407");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--seed", "1e3"}, "--seed 1e3: legal are 0 to");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--set", "/costs/walk_start="},
                 "no value (legal: POINTER=");
    expect_error({"replay", "t.lackey", "--convert", "t.dwt", "--pages", "2m"}, "--pages would do nothing");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--format", "xml"}, "legal are text and json");
    expect_error({"replay", "t.lackey", "--machine", "zen4", "--convert", "t.dwt"},
                 "--machine would do nothing: --convert replays nothing");
    expect_error({"replay", "t.lackey", "--convert", "t.lackey/t.dwt"}, "cannot be written: Not a directory");
}

} // namespace
} // namespace drywalk::replay::test
