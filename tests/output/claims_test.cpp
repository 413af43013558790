// SPDX-License-Identifier: MIT
// No output is an input or another output, whatever names they go by.
#include "sim/output/claims.hpp"

#include "tests/output/scratch.hpp"

#include <sys/stat.h>

namespace drywalk::output {
namespace {

using namespace test;

class ClaimsOnFiles : public Scratch {
protected:
    [[nodiscard]] std::string refused(const fs::path& name)
    {
        return refusal([&] { claims.writes("out", name); });
    }

    Claims claims;
};

TEST_F(ClaimsOnFiles, RefuseAnInputByAnyOfItsNames)
{
    put("in", "x");
    fs::create_symlink("in", folder / "symbolic");
    fs::create_hard_link(folder / "in", folder / "hard");
    claims.reads(folder / "in");
    for (const char* const name : {"in", "./in", "symbolic", "hard"}) {
        const std::string why = refused(folder / name);
        EXPECT_EQ(why, "--out " + (folder / name).string() + ": this is " + (folder / "in").string() +
                           ", which would be lost (name another file)");
    }
    EXPECT_EQ(refused(folder / "out"), "");
}

TEST_F(ClaimsOnFiles, RefuseTwoOutputsToOneFile)
{
    claims.writes("vcd", folder / "new");
    EXPECT_NE(refused(folder / "new"), "");
    EXPECT_NE(refused(folder / "." / "new"), "");
    fs::create_symlink("new", folder / "link");
    EXPECT_NE(refused(folder / "link"), "") << "where it leads to is not there yet";
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(refused(folder / "fifo"), "");
    EXPECT_NE(refused(folder / "fifo"), "");
}

TEST_F(ClaimsOnFiles, LetAnyNumberOfOutputsGoToADevice)
{
    EXPECT_EQ(refused("/dev/null"), "");
    EXPECT_EQ(refused("/dev/null"), "");
}

TEST_F(ClaimsOnFiles, RenewAnInputThatMayBe)
{
    put("baseline", "x");
    put("trace", "x");
    claims.reads(folder / "baseline");
    claims.reads(folder / "trace");
    EXPECT_NE(refusal([&] { claims.writes("write", folder / "trace", folder / "baseline"); }), "");
    EXPECT_EQ(refusal([&] { claims.writes("write", folder / "baseline", folder / "baseline"); }), "");
}

TEST_F(ClaimsOnFiles, RefuseEmptyNamesAndFolders)
{
    EXPECT_EQ(refused(""), "--out \"\": the name is empty (a file is expected)");
    EXPECT_NE(refused(folder).find("a folder has this name"), std::string::npos);
}

} // namespace
} // namespace drywalk::output
