// SPDX-License-Identifier: MIT
// The commands of the documents are run, and print what stands there; links lead to files.
#include "tests/docs/document.hpp"

#include "tests/support/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace drywalk::docs {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file)
{
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
}

/// Paths of all documents, relative to the source tree.
std::vector<fs::path> documents()
{
    std::vector<fs::path> found;
    for (const char* const folder : {"docs", "examples", "results", "scenarios"}) {
        for (const auto& entry : fs::recursive_directory_iterator{source_tree() / folder}) {
            if (entry.path().extension() == ".md") found.push_back(fs::relative(entry.path(), source_tree()));
        }
    }
    for (const auto& entry : fs::directory_iterator{source_tree()}) {
        if (entry.path().extension() == ".md") found.push_back(entry.path().filename());
    }
    std::ranges::sort(found);
    return found;
}

/// Where a reader would type: in the example's folder, otherwise in the root.
fs::path folder_of(const fs::path& document)
{
    return document.begin()->string() == "examples" ? document.parent_path() : fs::path{};
}

/// A checkout for one document: what the source tree holds, reached by links, so that nothing is written there; the
/// built program stands for the wrapper, and is found in PATH as well.
class Checkout {
public:
    explicit Checkout(const fs::path& folder)
    {
        fs::remove_all(root_);
        fs::create_directories(root_ / "bin");
        fs::create_symlink(DRYWALK_PROGRAM, root_ / "bin/drywalk");
        fs::create_directories(root_ / "tree");
        fs::create_symlink(DRYWALK_PROGRAM, root_ / "tree/drywalk");
        link_children({});
        fs::path at;
        for (const fs::path& part : folder) {
            at /= part;
            fs::remove(root_ / "tree" / at);
            fs::create_directory(root_ / "tree" / at);
            link_children(at);
        }
        folder_ = root_ / "tree" / folder;
    }
    Checkout(const Checkout&) = delete;
    Checkout& operator=(const Checkout&) = delete;
    ~Checkout() { fs::remove_all(root_); }

    /// What a terminal shows of the command.
    [[nodiscard]] std::vector<std::string> run(const std::string& command) const
    {
        std::ofstream{root_ / "command"} << command << "\n";
        std::ofstream{root_ / "run"} << "unset COLUMNS\nPATH=" << (root_ / "bin").string() << ":$PATH\ncd "
                                     << folder_.string() << "\nexec bash " << (root_ / "command").string() << " >"
                                     << (root_ / "output").string() << " 2>&1 </dev/null\n";
        // Its exit code is the document's business, which may print it.
        static_cast<void>(std::system(("sh " + (root_ / "run").string()).c_str()));
        return lines_of(text_of(root_ / "output"));
    }
    void save(const std::string& name, const std::string& text) const { std::ofstream{folder_ / name} << text; }

private:
    void link_children(const fs::path& folder) const
    {
        for (const auto& entry : fs::directory_iterator{source_tree() / folder}) {
            const fs::path name = entry.path().filename();
            if (name == "build" || name == ".git" || (folder.empty() && name == "drywalk")) continue;
            fs::create_symlink(entry.path(), root_ / "tree" / folder / name);
        }
    }

    fs::path root_ = fs::temp_directory_path() / ("drywalk_documents_test_" + std::to_string(::getpid()));
    fs::path folder_;
};

bool boots_machines(const Step& step) { return step.command.find("drywalk boot ") != std::string::npos; }

bool has_commands(const fs::path& document)
{
    return std::ranges::any_of(steps_of(text_of(source_tree() / document)),
                               [](const Step& step) { return !step.command.empty(); });
}

/// Runs what `wanted` says; files are saved for all.
template <typename Wanted>
void try_out(const fs::path& document, const Wanted& wanted)
{
    const Checkout checkout{folder_of(document)};
    for (const Step& step : steps_of(text_of(source_tree() / document))) {
        if (step.command.empty()) {
            checkout.save(step.file_name, step.file_text);
        } else if (wanted(step)) {
            const std::vector<std::string> output = checkout.run(step.command);
            std::string shown;
            for (const std::string& line : output)
                shown += line + "\n";
            EXPECT_EQ(first_difference(step.output, output), "")
                << document.string() << ":" << step.line << ": " << step.command << "\nprints:\n"
                << shown;
        }
    }
}

TEST(Documents, CommandsPrintWhatStandsThere)
{
    for (const fs::path& document : documents()) {
        if (has_commands(document)) try_out(document, [](const Step& step) { return !boots_machines(step); });
    }
}

TEST(Documents, WhatTheyShowBootsMachines)
{
    for (const fs::path& document : documents()) {
        const auto steps = steps_of(text_of(source_tree() / document));
        if (std::ranges::any_of(steps, boots_machines)) try_out(document, boots_machines);
    }
}

TEST(Documents, LinksLeadToFiles)
{
    for (const fs::path& document : documents()) {
        for (const Link& link : links_of(text_of(source_tree() / document))) {
            const fs::path target = source_tree() / document.parent_path() / link.target;
            EXPECT_TRUE(fs::exists(target)) << document.string() << ":" << link.line << ": " << link.target;
        }
    }
}

// How documents are read ---------------------------------------------------------------------------------------------

TEST(Steps, AreTheCommandsWithTheirOutputAndTheFilesToSave)
{
    const auto steps = steps_of("text\n"
                                "<!-- file: a.json -->\n"
                                "```json\n{}\n```\n"
                                "```\n$ one \\\n    more\n1\n[...]\n$ two\n```\n"
                                "```sh\nnot run\n```\n");
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps[0].file_name, "a.json");
    EXPECT_EQ(steps[0].file_text, "{}\n");
    EXPECT_EQ(steps[1].command, "one \\\n    more");
    EXPECT_EQ(steps[1].output, (std::vector<std::string>{"1", "[...]"}));
    EXPECT_EQ(steps[1].line, 7U);
    EXPECT_EQ(steps[2].command, "two");
    EXPECT_TRUE(steps[2].output.empty());
}

TEST(LineMatches, TakesAnyTextForAGap)
{
    EXPECT_TRUE(line_matches("a [...] c", "a b b c"));
    EXPECT_TRUE(line_matches("[...]b[...]", "abab"));
    EXPECT_TRUE(line_matches("a[...]", "a"));
    EXPECT_FALSE(line_matches("a [...] c", "a b d"));
    EXPECT_FALSE(line_matches("a", "ab"));
    EXPECT_FALSE(line_matches("3189.3", "3189.4"));
}

TEST(FirstDifference, NamesTheLineThatIsMissing)
{
    EXPECT_EQ(first_difference({"a", "[...]", "c"}, {"a", "b", "b", "c"}), "");
    EXPECT_EQ(first_difference({"a", "[...]"}, {"a"}), "");
    EXPECT_EQ(first_difference({}, {}), "");
    EXPECT_EQ(first_difference({"a", "[...]", "d", "e"}, {"a", "b", "d", "x"}), "e");
    EXPECT_EQ(first_difference({"a", "b"}, {"a"}), "b");
    EXPECT_EQ(first_difference({"a"}, {"a", "b"}), "the end of the output");
    EXPECT_EQ(first_difference({}, {"a"}), "the end of the output");
}

TEST(Links, AreThoseToFilesOutsideOfBlocks)
{
    const auto links = links_of("[a](b.md#c) and [d](https://e)\n```\n[f](g)\n```\n[h](#i)\n");
    ASSERT_EQ(links.size(), 1U);
    EXPECT_EQ(links[0].target, "b.md");
    EXPECT_EQ(links[0].line, 1U);
}

} // namespace
} // namespace drywalk::docs
