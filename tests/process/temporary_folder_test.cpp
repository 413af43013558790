// SPDX-License-Identifier: MIT
// Temporary folders: where TMPDIR says, and gone whatever ends the process.
#include "sim/process/temporary_folder.hpp"

#include "sim/input/input_error.hpp"
#include "sim/process/ending.hpp"
#include "tests/support/environment_variable.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include <unistd.h>

namespace drywalk::process {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class Temporary : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(root_); }
    void TearDown() override { fs::remove_all(root_); }
    void set(const std::string& folder) const { variable_.set(folder); }
    [[nodiscard]] static std::string refusal()
    {
        try {
            (void)temporary_root();
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }

    fs::path root_ = fs::path{testing::TempDir()} / ("drywalk_temporary_test_" + std::to_string(::getpid()));
    const test::EnvironmentVariable variable_{"TMPDIR"};
};

TEST_F(Temporary, FolderLiesInTmpdirAndGoesAwayWithItsContents)
{
    set(root_);
    fs::path path;
    {
        const TemporaryFolder folder{"part-"};
        path = folder.path();
        EXPECT_EQ(path.parent_path(), root_);
        EXPECT_TRUE(path.filename().string().starts_with("part-"));
        fs::create_directories(path / "a/b");
        std::ofstream{path / "a/b/file"} << "x";
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(Temporary, FolderMayHaveAnyName)
{
    for (const std::string name : {"with space", "comma,", "quote\"'", "dollar$x", "colon:", "equals=", "\xff"}) {
        fs::create_directories(root_ / name);
        set(root_ / name);
        const TemporaryFolder folder{"part-"};
        EXPECT_EQ(folder.path().parent_path(), root_ / name);
    }
}

TEST_F(Temporary, RootIsAbsoluteAlsoIfTmpdirIsNot)
{
    const fs::path before = fs::current_path();
    fs::current_path(root_.parent_path());
    set(root_.filename());
    EXPECT_EQ(temporary_root(), root_.parent_path() / root_.filename());
    fs::current_path(before);
}

TEST_F(Temporary, RootIsTmpIfTmpdirIsEmptyOrMissing)
{
    variable_.unset();
    EXPECT_EQ(temporary_root(), "/tmp");
    set("");
    EXPECT_EQ(temporary_root(), "/tmp");
}

TEST_F(Temporary, RootThatIsOfNoUseIsNamedWithTheReason)
{
    set("/no/such/folder");
    EXPECT_EQ(refusal(), "/no/such/folder: no temporary files can be made there: No such file or directory (set TMPDIR "
                         "to a folder with room)");
    std::ofstream{root_ / "file"} << "x";
    set(root_ / "file");
    EXPECT_NE(refusal().find("Not a directory"), std::string::npos) << refusal();
    set("/" + std::string(5000, 'x'));
    EXPECT_NE(refusal().find("File name too long"), std::string::npos) << refusal();
}

/// The guardian sees every death, also those that the process itself does not.
TEST_F(Temporary, FolderGoesAwayWhateverSignalEndsTheProcess)
{
    set(root_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGKILL}) {
        const pid_t process = ::fork();
        if (process == 0) {
            const TemporaryFolder folder{"part-"};
            std::ofstream{folder.path() / "file"} << "x";
            ::signal(signal, SIG_DFL);
            ::raise(signal);
        }
        EXPECT_EQ(reap(process).signal, signal);
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!fs::is_empty(root_) && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(10ms);
        EXPECT_TRUE(fs::is_empty(root_)) << "signal " << signal;
    }
}

} // namespace
} // namespace drywalk::process
