// SPDX-License-Identifier: MIT
// The files and streams that commands write to: nothing of the user's is lost, no loss goes unnoticed, nothing is left.
#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

namespace drywalk::cli {
namespace {

using namespace test;

const std::string quick = (scenarios / "good_not_global.json").string();
const std::string bad_trace = (scenarios / "litmus/bad_remap-01.jsonl").string();

class Files : public testing::Test {
protected:
    /// The shell runs `line` in the folder; $D is the program, $S a quick scenario, $T a trace with a violation.
    [[nodiscard]] Ran shell(const std::string& line) const
    {
        program.write("../line.sh",
                      "D='" + std::string{DRYWALK_PROGRAM} + "' S='" + quick + "' T='" + bad_trace + "'\n" + line);
        process::Command command;
        command.words = {"bash", "-c", "cd work && bash ../line.sh >../shell_out 2>../shell_err"};
        command.directory = program.folder().parent_path();
        const process::Exit exit = run_process(command);
        const fs::path beside = program.folder().parent_path();
        return {exit.timed_out ? -1 : exit.status, text_of(beside / "shell_out"),
                without_sanitizer_notice(text_of(beside / "shell_err"))};
    }
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& entry : fs::recursive_directory_iterator{program.folder()})
            all.push_back(entry.path().lexically_relative(program.folder()).string());
        std::ranges::sort(all);
        return all;
    }
    /// A scenario that runs for minutes.
    void write_long_scenario() const
    {
        nlohmann::json document = nlohmann::json::parse(text_of(quick));
        document["workload"] = {{"pairs", {{"count", 1'000'000}}}};
        document.erase("$schema");
        program.write("long.json", document.dump());
    }

    Program program;
};

using Names = std::vector<std::string>;

// Standard output --------------------------------------------------------------------------------------------------

TEST_F(Files, AReportThatIsLostOnStandardOutputIsNoticedByEveryCommand)
{
    const std::string lost = "drywalk: the report cannot be written to standard output: ";
    for (const std::string command :
         {"run $S", "run $S --format json", "check $T", "check $T --format json", "validate $S", "machines",
          "machines show zen4", "--help", "--version", "run --help", "replay --help", "check $T --out -"}) {
        const Ran full = shell("$D " + command + " > /dev/full");
        EXPECT_EQ(full.status, 2) << command;
        EXPECT_NE(full.err.find("No space left on device"), std::string::npos) << command << full.err;
        EXPECT_EQ(std::ranges::count(full.err, '\n'), 1) << command << full.err;
        const Ran closed = shell("$D " + command + " >&-");
        EXPECT_EQ(closed.status, 2) << command;
        EXPECT_NE(closed.err.find("Bad file descriptor"), std::string::npos) << command << closed.err;
    }
    EXPECT_EQ(shell("$D validate $S > /dev/full").err, lost + "No space left on device\n");
    EXPECT_EQ(shell("$D check $T --out r >&-").status, 1) << "nothing goes to standard output";
}

TEST_F(Files, AMinusIsStandardOutput)
{
    EXPECT_EQ(shell("$D check $T --out -").out, shell("$D check $T").out);
    EXPECT_TRUE(names().empty());
    const Ran folder = program.run({"run", quick, "--out", "-"});
    EXPECT_EQ(folder.status, 2);
    EXPECT_NE(folder.err.find("a folder is expected"), std::string::npos) << folder.err;
}

// What is no regular file ------------------------------------------------------------------------------------------

TEST_F(Files, WritesThroughToDevicesFifosAndLinks)
{
    const std::string report = shell("$D check $T").out;
    EXPECT_EQ(shell("$D check $T --out /dev/null").status, 1);
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    const Ran fifo = shell("mkfifo f; cat f & $D check $T --out f; wait");
    EXPECT_EQ(fifo.out, report);
    EXPECT_TRUE(fs::is_fifo(program.folder() / "f"));
    (void)shell("ln -s target l; $D check $T --out l");
    EXPECT_TRUE(fs::is_symlink(program.folder() / "l"));
    EXPECT_EQ(text_of(program.folder() / "target"), report);
    EXPECT_EQ(shell("echo before; $D check $T --out /dev/stdout; echo after").out, "before\n" + report + "after\n");
    EXPECT_EQ(shell("$D check $T --out >(cat > p); sleep 0.3; cat p").out, report);
    EXPECT_EQ(shell("$D run $S --discipline not_global --trace-out >(cat > g) > r; sleep 0.3; $D check g").status, 0);
}

TEST_F(Files, SaysTheOneTrueReason)
{
    for (const std::string command : {"check $T --out /dev/full", "run $S --discipline not_global --vcd /dev/full",
                                      "run $S --discipline not_global --trace-out /dev/full"}) {
        const Ran ran = shell("$D " + command);
        EXPECT_EQ(ran.status, 2) << command;
        EXPECT_EQ(ran.err, "drywalk: /dev/full: cannot be written: No space left on device\n") << command;
    }
    const Ran limited = shell("ulimit -f 1; $D run $S --discipline not_global --vcd new/v.vcd");
    EXPECT_EQ(limited.status, 2);
    EXPECT_EQ(limited.err, "drywalk: new/v.vcd: cannot be written: File too large\n");
    EXPECT_TRUE(names().empty()) << testing::PrintToString(names());
}

TEST_F(Files, RefusesEmptyNamesAndFoldersBeforeTheWork)
{
    write_long_scenario();
    fs::create_directories(program.folder() / "dir");
    for (const std::string option : {"--vcd", "--trace-out", "--out"}) {
        const Ran ran = shell("timeout 10 $D run long.json --discipline not_global " + option + " ''");
        EXPECT_EQ(ran.status, 2) << option << ran.err;
    }
    for (const std::string option : {"--vcd", "--trace-out"}) {
        const Ran ran = shell("timeout 10 $D run long.json --discipline not_global " + option + " dir");
        EXPECT_EQ(ran.status, 2) << option;
        EXPECT_NE(ran.err.find("dir: cannot be written: a folder has this name"), std::string::npos) << ran.err;
    }
    EXPECT_EQ(names(), (Names{"dir", "long.json"}));
}

// Inputs and other outputs -----------------------------------------------------------------------------------------

TEST_F(Files, NeverReplacesTheScenario)
{
    fs::copy_file(quick, program.folder() / "clobber.json");
    const std::string before = text_of(program.folder() / "clobber.json");
    EXPECT_EQ(shell("$D run clobber.json --out .").status, 0);
    EXPECT_EQ(text_of(program.folder() / "clobber.json"), before);
    EXPECT_EQ(names(), (Names{"clobber.json", "clobber.result.json", "clobber.result.txt"}));
    for (const std::string option : {"--vcd", "--trace-out"}) {
        const Ran ran = shell("ln -sf clobber.json l; $D run clobber.json --discipline not_global " + option + " l");
        EXPECT_EQ(ran.status, 2);
        EXPECT_NE(ran.err.find("this is clobber.json, which would be lost"), std::string::npos) << ran.err;
    }
    EXPECT_EQ(text_of(program.folder() / "clobber.json"), before);
}

TEST_F(Files, NeverReplacesAProfileThatAnyCommandReads)
{
    fs::copy_file(scenarios / "machines/zen4.json", program.folder() / "m.json");
    const std::string before = text_of(program.folder() / "m.json");
    nlohmann::json document = nlohmann::json::parse(text_of(quick));
    document.erase("$schema");
    document["machine"] = "./m.json";
    program.write("s.json", document.dump());
    document["machine"] = "zen4";
    document["sweep"] = {{"knobs", {{{"pointer", "/machine"}, {"values", {"./m.json"}}}}}};
    program.write("swept.json", document.dump());
    program.write("points.csv", "size_kb,stride_bytes,cycles\n4,64,5\n");
    for (const std::string command :
         {"check $T --machine ./m.json --out m.json", "check $T --machine ./m.json --write-baseline m.json",
          "check $S --machine ./m.json --out m.json", "check s.json --out m.json",
          "calibrate ./m.json --against points.csv --svg m.json", "run swept.json --discipline not_global --vcd m.json",
          "run swept.json --discipline not_global --trace-out m.json"}) {
        const Ran ran = shell("$D " + command);
        EXPECT_EQ(ran.status, 2) << command;
        EXPECT_NE(ran.err.find("would be lost (name another file)"), std::string::npos) << command << ": " << ran.err;
        EXPECT_EQ(text_of(program.folder() / "m.json"), before) << command;
    }
    EXPECT_EQ(names(), (Names{"m.json", "points.csv", "s.json", "swept.json"}));
}

TEST_F(Files, NeverReplacesASourceThatItLooksIntoForAcceptances)
{
    program.write("mm.c", "/* drywalk: accept stale-translation tested elsewhere */\n");
    std::string trace = text_of(bad_trace);
    for (auto at = trace.find("\"op\""); at != std::string::npos; at = trace.find("\"op\"", at + 20))
        trace.insert(at, "\"src\":\"mm.c:1\",");
    program.write("t.jsonl", trace);
    for (const std::string option : {"--out", "--write-baseline"}) {
        const Ran ran = shell("$D check t.jsonl " + option + " mm.c");
        EXPECT_EQ(ran.status, 2) << option << ran.out;
        EXPECT_NE(ran.err.find("mm.c: this command has read it"), std::string::npos) << ran.err;
    }
    EXPECT_EQ(text_of(program.folder() / "mm.c"), "/* drywalk: accept stale-translation tested elsewhere */\n");
}

TEST_F(Files, NothingIsReplacedWhereAnotherPartOfTheReportIsLost)
{
    for (const std::string command :
         {"check $T --write-baseline old > /dev/full", "check $T --out old --write-baseline /dev/full",
          "run $S --discipline not_global --vcd old > /dev/full",
          "run $S --discipline not_global --trace-out old > /dev/full"}) {
        program.write("old", "before");
        EXPECT_EQ(shell("$D " + command).status, 2) << command;
        EXPECT_EQ(text_of(program.folder() / "old"), "before") << command;
    }
    EXPECT_EQ(shell("$D run $S --out new > /dev/full").status, 2);
    EXPECT_EQ(names(), Names{"old"});
}

TEST_F(Files, NeverWritesTwoThingsToOneFile)
{
    const Ran ran = shell("$D run $S --discipline not_global --vcd b --trace-out ./b");
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.err.find("--trace-out ./b: this is b, which would be lost"), std::string::npos) << ran.err;
    const Ran report = shell("$D run $S --discipline not_global --vcd /dev/stdout | cat; exit ${PIPESTATUS[0]}");
    EXPECT_EQ(report.status, 2) << "where the report goes";
    EXPECT_TRUE(names().empty());
}

// Several at once, and signals -------------------------------------------------------------------------------------

TEST_F(Files, SeveralAtOnceWriteTheSameWaveformWithoutBreakingEachOther)
{
    const Ran ran = shell("for i in 1 2 3 4; do $D run $S --discipline not_global --vcd same.vcd >/dev/null & p+=($!); "
                          "done; for i in ${p[@]}; do wait $i || echo failed; done; "
                          "$D run $S --discipline not_global --vcd other.vcd >/dev/null; cmp same.vcd other.vcd");
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_EQ(ran.out + ran.err, "") << "two runs are the same bytes";
    EXPECT_EQ(names(), (Names{"other.vcd", "same.vcd"}));
}

TEST_F(Files, LeavesNoProcessAndNoPartialFileWhateverSignalEndsIt)
{
    write_long_scenario();
    for (const std::string signal : {"TERM", "HUP", "INT", "QUIT", "KILL"}) { // the shell ignores INT and QUIT for jobs
        const Ran ran = shell(
            "env --default-signal $D run long.json --discipline not_global --trace-out new/g.jsonl >/dev/null & p=$!\n"
            "for i in $(seq 200); do c=$(cat /proc/$p/task/$p/children); [ -n \"$c\" ] && break; sleep 0.05; done\n"
            "sleep 0.3; kill -" +
            signal +
            " $p; wait $p 2>/dev/null\n"
            "for i in $(seq 100); do kill -0 $c 2>/dev/null || exit 0; sleep 0.05; done; exit 1");
        EXPECT_EQ(ran.status, 0) << signal << ": the child is alive";
        EXPECT_EQ(names(), Names{"long.json"}) << signal;
    }
}

TEST_F(Files, ARunWhoseProcessDiesIsNamedAndLeavesNothing)
{
    write_long_scenario();
    const Ran ran =
        shell("$D run long.json --discipline not_global --vcd v.vcd & p=$!\n"
              "for i in $(seq 200); do c=$(cat /proc/$p/task/$p/children); [ -n \"$c\" ] && break; sleep 0.05; done\n"
              "kill -KILL $c; wait $p");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "drywalk: run 1 of 1 (discipline not_global) died by signal 9 (Killed)\n");
    EXPECT_EQ(names(), Names{"long.json"});
}

// Names ------------------------------------------------------------------------------------------------------------

TEST_F(Files, TakesScenariosWhoseNamesAndTextsNoTerminalShouldSee)
{
    nlohmann::json document = nlohmann::json::parse(text_of(quick));
    document["summary"] = "clears the screen: \x1b[2J";
    document.erase("$schema");
    program.write("a\xff\n.json", document.dump());
    for (const std::string format : {"text", "json"}) {
        for (const std::string command : {"run", "check"}) {
            const Ran ran = shell("$D " + command + " a*.json --out " + (command == "run" ? "out" : "report") +
                                  " --format " + format);
            EXPECT_EQ(ran.status, 0) << ran.err;
            EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
            EXPECT_EQ(ran.out.find('\xff'), std::string::npos);
            const std::string written =
                text_of(program.folder() / (command == "run" ? "out/a\xff\n.result.json" : "report"));
            EXPECT_TRUE(format == "text" || nlohmann::json::accept(written)) << written;
        }
    }
    EXPECT_EQ(shell("$D validate a*.json").out.find('\xff'), std::string::npos);
    const Ran missing = shell("$D run $'no\\n\\x1b\\xff.json'");
    EXPECT_EQ(std::ranges::count(missing.err, '\n'), 1) << missing.err;
    EXPECT_EQ(missing.err.find('\x1b'), std::string::npos);
}

// Temporary files --------------------------------------------------------------------------------------------------

TEST_F(Files, NamesATmpdirThatIsOfNoUse)
{
    const Ran ran = shell("TMPDIR=/no/such/folder $D check $S");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "drywalk: /no/such/folder: no temporary files can be made there: No such file or directory (set "
                       "TMPDIR to a folder with room)\n");
    EXPECT_EQ(shell("mkdir 'a b, \"c'; TMPDIR='a b, \"c' $D check $S").status, 0);
    EXPECT_EQ(shell("TMPDIR= $D check $S").status, 0);
    EXPECT_EQ(names(), Names{"a b, \"c"});
}

} // namespace
} // namespace drywalk::cli
