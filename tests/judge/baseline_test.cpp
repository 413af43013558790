// SPDX-License-Identifier: MIT
// Findings that were there before, and those that a comment accepts.
#include "sim/input/input_error.hpp"
#include "sim/judge/acceptance.hpp"
#include "sim/judge/baseline.hpp"
#include "sim/judge/price.hpp"
#include "sim/judge/report.hpp"
#include "tests/judge/verdicts.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

#include <sys/stat.h>

namespace drywalk::judge::test {
namespace {

namespace fs = std::filesystem;
using drywalk::test::TemporaryDirectory;

/// One violation that mm.c:7 causes and `use` meets.
TraceVerdict one_violation(const std::string& use = "use.c:9", std::uint64_t shift = 0)
{
    Finding finding = curable(5 + shift, 3 + shift, 0x1000);
    finding.event.src = use;
    TraceVerdict verdict = with({finding});
    cite(verdict, 3 + shift, "mm.c:7");
    return verdict;
}

std::string refusal(const std::function<void()>& action)
{
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Baseline, IsReadAsItWasWritten)
{
    const Baseline baseline = baseline_of(one_violation());
    ASSERT_EQ(baseline.entries.size(), 1U);
    EXPECT_EQ(baseline.entries[0].kind, "stale-translation");
    EXPECT_EQ(baseline.entries[0].place, "mm.c:7");
    EXPECT_EQ(baseline.entries[0].use, "use.c:9");
    EXPECT_EQ(parse_baseline(baseline_text(baseline), "b").entries, baseline.entries);
}

TEST(Baseline, MakesWhatItNamesKnown)
{
    const Baseline baseline = baseline_of(one_violation());
    Report same{one_violation("use.c:9", 100)};
    same.baseline_file = "b.json";
    EXPECT_TRUE(same.failed());
    same.compare_with(baseline);
    EXPECT_FALSE(same.failed());
    EXPECT_TRUE(same.stale.empty());
    EXPECT_EQ(same.count(true, Disposition::known), 1U);
    const std::string text = text_report(same);
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "nothing new: t.jsonl: 1 violation, 0 warnings, 0 redundant invalidations, 1 known");
    const nlohmann::json document = nlohmann::json::parse(json_report(same));
    EXPECT_EQ(document.at("verdict"), "nothing new");
    EXPECT_EQ(document.at("known"), 1);
    EXPECT_EQ(document.at("groups").at(0).at("status"), "known");
}

TEST(Baseline, LeavesNewFindingsFailAndTellsStaleEntries)
{
    Report other{one_violation("use.c:10")};
    other.baseline_file = "b.json";
    other.compare_with(baseline_of(one_violation()));
    EXPECT_TRUE(other.failed());
    ASSERT_EQ(other.stale.size(), 1U);
    EXPECT_TRUE(says(text_report(other), "no longer found, though b.json has them"));
    EXPECT_TRUE(says(text_report(other), "  stale-translation at mm.c:7 ["));
    EXPECT_EQ(nlohmann::json::parse(json_report(other)).at("baseline").at("no_longer_found").size(), 1U);
}

TEST(Baseline, ForgivesNoFindingsThatWereNotLookedAt)
{
    TraceVerdict verdict = one_violation();
    verdict.violations.total = 2;
    Report report{std::move(verdict)};
    report.compare_with(baseline_of(one_violation()));
    EXPECT_TRUE(report.failed());
}

TEST(Baseline, KeepsDisciplinesApart)
{
    std::vector<CheckedRun> runs;
    runs.emplace_back(one_violation(), "global_no_flush");
    const Baseline baseline = baseline_of(Report{std::move(runs)});
    Report other{one_violation()};
    other.compare_with(baseline);
    EXPECT_TRUE(other.failed());
    EXPECT_EQ(other.stale.size(), 1U);
}

TEST(Baseline, IsRefusedIfItIsNone)
{
    const auto parsed = [](const std::string& text) { return refusal([&] { (void)parse_baseline(text, "b"); }); };
    EXPECT_EQ(parsed("nonsense"), "b: is no JSON (a file that --write-baseline wrote is expected)");
    EXPECT_TRUE(says(parsed("{}"), "is no baseline (a file that --write-baseline wrote is expected)"));
    EXPECT_TRUE(says(parsed(R"({"drywalk_baseline":2,"groups":[]})"), "is not 1"));
    EXPECT_TRUE(says(parsed(R"({"drywalk_baseline":1})"), "/groups"));
    EXPECT_TRUE(says(parsed(R"({"drywalk_baseline":1,"groups":[7]})"), "/groups/0"));
    EXPECT_TRUE(says(parsed(R"({"drywalk_baseline":1,"groups":[{}]})"), "\"fingerprint\" is missing"));
    EXPECT_TRUE(says(parsed(R"({"drywalk_baseline":1,"groups":[{"fingerprint":7}]})"), "/groups/0/fingerprint"));
    EXPECT_TRUE(says(parsed(std::string(100'000, '[')), "b: "));
    EXPECT_TRUE(says(refusal([] { (void)load_baseline("/nowhere/b.json"); }), "no such file"));
    EXPECT_TRUE(says(refusal([] { (void)load_baseline("/dev/zero"); }), "/dev/zero: "));
}

// Comments in the source
// ------------------------------------------------------------------------------------------------

class Acceptance : public testing::Test {
protected:
    [[nodiscard]] std::vector<std::string> reasons(const TraceVerdict& verdict) const
    {
        SourceTree tree{directory_.path()};
        return acceptances(verdict, tree);
    }
    /// Six lines, then these.
    void write(const std::string& name, const std::string& lines) const
    {
        (void)directory_.write(name, "\n\n\n\n\n" + lines);
    }

    TemporaryDirectory directory_;
};

TEST_F(Acceptance, IsFoundOnTheLineToFixAndOnTheLineBefore)
{
    write("mm.c", "\n*entry = 0; // drywalk: accept stale-translation only one processor runs here\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{"only one processor runs here"});
    write("mm.c", "/* drywalk: accept stale-translation at boot */\n*entry = 0;\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{"at boot"});
    write("mm.c", "\n\n// drywalk: accept stale-translation a line too late\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{""});
}

TEST_F(Acceptance, IsFoundOnTheLineThatMayGoWrong)
{
    write("use.c", "\n\n\nread(); // drywalk: accept stale-translation the value is not used\r\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{"the value is not used"});
}

TEST_F(Acceptance, IsForOneKind)
{
    write("mm.c", "\n*entry = 0; // drywalk: accept lost-dirty nothing is written\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{""});
}

TEST_F(Acceptance, MayBeSpelledWithOtherBlanksAndInAnyCase)
{
    write("mm.c", "\n*entry = 0; //DryWalk:accept stale-translation one processor\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{"one processor"});
    write("mm.c", "\n*entry = 0; // drywalk: acceptable stale-translation\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{""});
}

TEST_F(Acceptance, MayStandBesideAnotherOnOneLine)
{
    write("mm.c",
          "\n*entry = 0; /* drywalk: accept lost-dirty clean */ /* drywalk: accept stale-translation alone */\n");
    EXPECT_EQ(reasons(one_violation()), std::vector<std::string>{"alone"});
}

TEST_F(Acceptance, NeedsAReasonAndAKindThatExists)
{
    write("mm.c", "\n*entry = 0; // drywalk: accept stale-translation\n");
    EXPECT_EQ(refusal([&] { (void)reasons(one_violation()); }),
              "mm.c:7:16: stale-translation is accepted without a reason (write \"drywalk: accept stale-translation "
              "REASON\")");
    write("mm.c", "\n/* drywalk: accept stale-translation */\n");
    EXPECT_TRUE(says(refusal([&] { (void)reasons(one_violation()); }), "mm.c:7:4: "));
    write("mm.c", "\n*entry = 0; // drywalk: accept everything I know\n");
    EXPECT_TRUE(says(refusal([&] { (void)reasons(one_violation()); }),
                     "mm.c:7:16: \"drywalk: accept\" accepts \"everything\", which is no kind of finding (legal are "
                     "stale-translation, "));
    write("mm.c", "\n// drywalk: accept\n");
    EXPECT_TRUE(says(refusal([&] { (void)reasons(one_violation()); }), "accepts \"\""));
}

TEST_F(Acceptance, IsNotLookedForOutsideOfTheTree)
{
    const TemporaryDirectory outside;
    (void)outside.write("mm.c", "\n\n\n\n\n\n// drywalk: accept stale-translation from elsewhere\n");
    const auto reason = [&](const std::string& src) {
        TraceVerdict verdict = one_violation();
        verdict.cited[3].src = src;
        return reasons(verdict).at(0);
    };
    const std::string up = "../" + outside.path().filename().string() + "/mm.c:7";
    EXPECT_EQ(reason(up), "");
    EXPECT_EQ(reason(outside.file("mm.c") + ":7"), "");
    fs::create_symlink(outside.file("mm.c"), directory_.path() / "link.c");
    EXPECT_EQ(reason("link.c:7"), "");
    write("mm.c", "\n// drywalk: accept stale-translation from here\n");
    EXPECT_EQ(reason(directory_.file("mm.c") + ":7"), "from here") << "an absolute path into the tree";
    EXPECT_EQ(reason("./mm.c:7"), "from here");
    EXPECT_EQ(reason("missing/mm.c:7"), "");
    EXPECT_EQ(reason(std::string("mm.c\0:7", 7)), "");
    EXPECT_EQ(reason(std::string(5000, 'd') + "/mm.c:7"), "");
}

TEST_F(Acceptance, IsNotLookedForInWhatIsNoSourceFile)
{
    fs::create_directory(directory_.path() / "mm.c");
    EXPECT_EQ(reasons(one_violation()).at(0), "");
    fs::remove(directory_.path() / "mm.c");
    ASSERT_EQ(::mkfifo((directory_.path() / "mm.c").c_str(), 0600), 0);
    EXPECT_EQ(reasons(one_violation()).at(0), "") << "which would wait for a writer for ever";
    fs::remove(directory_.path() / "mm.c");
    write("mm.c", "\n// drywalk: accept stale-translation a reason\n" + std::string(SourceTree::longest_file, '\n'));
    EXPECT_EQ(reasons(one_violation()).at(0), "") << "too long";
    SourceTree nowhere{directory_.path() / "nowhere"};
    EXPECT_EQ(acceptances(one_violation(), nowhere).at(0), "");
}

TEST_F(Acceptance, IsCountedAndListed)
{
    const std::vector<std::string> accepted{"only one processor runs here"};
    std::vector<CheckedRun> runs;
    runs.emplace_back(one_violation(), "", accepted);
    const Report report{std::move(runs)};
    EXPECT_FALSE(report.failed());
    const std::string text = text_report(report);
    EXPECT_TRUE(says(text, "accepted by comments in the source:\n"
                           "  stale-translation at mm.c:7: only one processor runs here (1 finding)\n"));
    EXPECT_TRUE(says(text, "nothing new: t.jsonl: 1 violation, 0 warnings, 0 redundant invalidations, 1 accepted\n"));
    EXPECT_FALSE(says(text, "fix: "));
    EXPECT_TRUE(baseline_of(report).entries.empty());
}

// Prices
// ------------------------------------------------------------------------------------------------

TEST(Prices, AreThoseOfTheInstructions)
{
    machine::MmuCosts costs;
    costs.invlpg = 200;
    costs.mov_cr3 = 150;
    costs.mov_cr4 = 300;
    TraceVerdict verdict = with({});
    for (const EventKind kind :
         {EventKind::invlpg, EventKind::mov_cr3, EventKind::mov_cr4, EventKind::mov_cr4, EventKind::invpcid})
        verdict.redundant_invalidations.kept.push_back({{0, kind, 0, "event", "", ""}, {}});
    verdict.redundant_invalidations.total = 5;
    add_prices(verdict, costs);
    EXPECT_FALSE(verdict.redundant_invalidations.kept.back().cycles) << "no profile prices INVPCID";
    Report report{std::move(verdict)};
    report.machine = "zen4";
    EXPECT_TRUE(says(text_report(report), "  950 cycles in all on zen4, as far as its profile prices them\n"));
    EXPECT_EQ(nlohmann::json::parse(json_report(report)).at("redundant_cycles"), 950);
}

} // namespace
} // namespace drywalk::judge::test
