// SPDX-License-Identifier: MIT
// Files that are written whole or not at all, through links, into devices and FIFOs, and with one true reason if not.
#include "sim/output/atomic_file.hpp"

#include "tests/output/scratch.hpp"

#include <cerrno>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace drywalk::output {
namespace {

using namespace test;
using Names = std::set<std::string>;

class AtomicFiles : public Scratch {};

TEST_F(AtomicFiles, AppearWholeWithTheirCommit)
{
    {
        AtomicFile file{folder / "f"};
        file.write("one ");
        EXPECT_FALSE(fs::exists(folder / "f"));
        file.write("two");
        file.commit();
        EXPECT_EQ(names(), Names{"f"});
    }
    EXPECT_EQ(get("f"), "one two");
}

TEST_F(AtomicFiles, LeaveEverythingAsItWasWithoutACommit)
{
    put("f", "before");
    {
        AtomicFile file{folder / "f"};
        file.write("after");
        AtomicFile in_new_folders{folder / "a/b/g"};
        in_new_folders.write("x");
        EXPECT_EQ(names().size(), 5U) << "two folders, two temporary files, the one from before";
    }
    EXPECT_EQ(get("f"), "before");
    EXPECT_EQ(names(), Names{"f"});
}

TEST_F(AtomicFiles, MakeMissingFolders)
{
    write_whole(folder / "a/b/f", "x");
    EXPECT_EQ(get("a/b/f"), "x");
}

TEST_F(AtomicFiles, KeepFoldersThatOthersPutSomethingInto)
{
    {
        const AtomicFile file{folder / "a/f"};
        put("a/other", "x");
    }
    EXPECT_EQ(names(), (Names{"a", "a/other"}));
}

TEST_F(AtomicFiles, FollowSymbolicLinks)
{
    fs::create_directories(folder / "elsewhere");
    put("elsewhere/target", "before");
    fs::create_symlink("elsewhere/target", folder / "middle");
    fs::create_symlink(folder / "middle", folder / "link");
    fs::create_symlink("elsewhere/new", folder / "dangling");
    write_whole(folder / "link", "after");
    write_whole(folder / "dangling", "made");
    EXPECT_TRUE(fs::is_symlink(folder / "link"));
    EXPECT_TRUE(fs::is_symlink(folder / "middle"));
    EXPECT_EQ(get("elsewhere/target"), "after");
    EXPECT_EQ(get("elsewhere/new"), "made");
    EXPECT_EQ(names().size(), 6U);
}

TEST_F(AtomicFiles, KeepThePermissionBitsOfTheirTarget)
{
    put("f", "before");
    for (const mode_t mode : {0600U, 0644U, 0751U}) {
        ASSERT_EQ(::chmod((folder / "f").c_str(), mode), 0);
        write_whole(folder / "f", "after");
        struct stat status {};
        ASSERT_EQ(::stat((folder / "f").c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, mode);
    }
    const mode_t before = ::umask(027);
    write_whole(folder / "new", "x");
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::stat((folder / "new").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST_F(AtomicFiles, DoNotReplaceAFileThatMayNotBeWritten)
{
    if (::geteuid() == 0) GTEST_SKIP() << "root may write everything";
    put("f", "before");
    ::chmod((folder / "f").c_str(), 0444);
    EXPECT_NE(refusal([&] { write_whole(folder / "f", "after"); }).find("Permission denied"), std::string::npos);
    EXPECT_EQ(get("f"), "before");
}

TEST_F(AtomicFiles, TakeNamesOfAnyLength)
{
    const std::string longest(255, 'n');
    write_whole(folder / longest, "x");
    EXPECT_EQ(names(), Names{longest});
    EXPECT_NE(refusal([&] { write_whole(folder / std::string(256, 'n'), "x"); }).find("File name too long"),
              std::string::npos);
    EXPECT_EQ(names(), Names{longest});
}

TEST_F(AtomicFiles, OfOneNameDoNotDisturbEachOther)
{
    AtomicFile one{folder / "f"};
    AtomicFile other{folder / "f"};
    one.write("one");
    other.write("other");
    one.commit();
    EXPECT_EQ(get("f"), "one");
    other.commit();
    EXPECT_EQ(get("f"), "other");
    EXPECT_EQ(names(), Names{"f"});
}

TEST_F(AtomicFiles, WriteThroughToAFifo)
{
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    std::string received;
    std::thread reader{[&] { received = get("fifo"); }};
    write_whole(folder / "fifo", "through");
    reader.join();
    EXPECT_EQ(received, "through");
    EXPECT_TRUE(fs::is_fifo(folder / "fifo"));
    EXPECT_EQ(names(), Names{"fifo"});
}

TEST_F(AtomicFiles, WriteThroughToADevice)
{
    write_whole("/dev/null", "away");
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    if (::mknod((folder / "null").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) GTEST_SKIP() << "mknod needs root";
    try {
        write_whole(folder / "null", "away");
    } catch (const InputError& error) {
        GTEST_SKIP() << "no devices on this file system: " << error.what();
    }
    EXPECT_TRUE(fs::is_character_file(folder / "null"));
    EXPECT_EQ(names(), Names{"null"});
}

/// Of a file that is open already, whose offset others share, nothing is replaced or cut off.
TEST_F(AtomicFiles, WriteThroughToOpenFiles)
{
    const int open = ::open((folder / "f").c_str(), O_RDWR | O_CREAT, 0600);
    ASSERT_GE(open, 0);
    ASSERT_EQ(::write(open, "1", 1), 1);
    const std::string number = std::to_string(open);
    write_whole("/dev/fd/" + number, "2");
    write_whole("/proc/self/fd/" + number, "3");
    write_whole("/proc/" + std::to_string(::getpid()) + "/fd/" + number, "4");
    fs::create_symlink("/dev/fd/" + number, folder / "link");
    write_whole(folder / "link", "5");
    ::close(open);
    EXPECT_EQ(get("f"), "12345");
    EXPECT_EQ(names(), (Names{"f", "link"}));
    EXPECT_NE(refusal([&] { write_whole("/dev/fd/" + number, "x"); }).find("Bad file descriptor"), std::string::npos);
}

TEST_F(AtomicFiles, WriteToStandardOutputByItsNames)
{
    const int before = ::dup(STDOUT_FILENO);
    const int open = ::open((folder / "out").c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(open, STDOUT_FILENO);
    write_whole("-", "1");
    write_whole("/dev/stdout", "2");
    ::dup2(before, STDOUT_FILENO);
    ::close(before);
    ::close(open);
    EXPECT_EQ(get("out"), "12");
    EXPECT_EQ(names(), Names{"out"});
}

TEST_F(AtomicFiles, SayTheReasonAndLeaveNothing)
{
    put("file", "in the way");
    const std::string in_file = (folder / "file/f").string();
    fs::create_symlink("loop", folder / "loop");
    const std::set<std::string> before = names();
    EXPECT_EQ(refusal([&] { write_whole("", "x"); }), "\"\": cannot be written: the name is empty");
    EXPECT_EQ(refusal([&] { write_whole(in_file, "x"); }), in_file + ": cannot be written: Not a directory");
    EXPECT_EQ(refusal([&] { write_whole(folder, "x"); }),
              folder.string() + ": cannot be written: a folder has this name");
    EXPECT_NE(refusal([&] { write_whole(folder / "new/", "x"); }).find("this names a folder"), std::string::npos);
    EXPECT_NE(refusal([&] { write_whole(folder / "loop", "x"); }).find("Too many levels"), std::string::npos);
    EXPECT_EQ(refusal([&] { write_whole("/dev/full", "x"); }), "/dev/full: cannot be written: No space left on device");
    EXPECT_EQ(names(), before);
}

TEST_F(AtomicFiles, NoticeALimitOfTheSizeOfFiles)
{
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit small = before;
    small.rlim_cur = 1000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    put("f", "before");
    const std::string why = refusal([&] { write_whole(folder / "a/f", std::string(2000, 'x')); });
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(why, (folder / "a/f").string() + ": cannot be written: File too large");
    EXPECT_EQ(names(), Names{"f"});
}

} // namespace
} // namespace drywalk::output
