// SPDX-License-Identifier: MIT
// What a signal leaves of unfinished files: nothing.
#include "sim/output/leftovers.hpp"

#include "sim/output/atomic_file.hpp"
#include "tests/output/scratch.hpp"

#include <csignal>

#include <sys/wait.h>

namespace drywalk::output {
namespace {

using namespace test;

class Leftovers : public Scratch {
protected:
    /// The status of a process that does `work` and meets `signal`.
    template <typename Work>
    static int status_after(const Work& work)
    {
        const pid_t process = ::fork();
        if (process == 0) {
            remove_leftovers_on_signals();
            work();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(process, &status, 0);
        return status;
    }
};

TEST_F(Leftovers, AreRemovedBySignalsWhichThenHaveTheirUsualEffect)
{
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU}) {
        const int status = status_after([&] {
            AtomicFile one{folder / "a/b/one"};
            AtomicFile other{folder / "other"};
            one.write("x");
            ::raise(signal);
        });
        EXPECT_TRUE(WIFSIGNALED(status)) << signal;
        EXPECT_EQ(WTERMSIG(status), signal);
        EXPECT_TRUE(names().empty()) << signal;
    }
}

TEST_F(Leftovers, DoNotIncludeWhatIsComplete)
{
    (void)status_after([&] {
        write_whole(folder / "a/done", "x");
        const AtomicFile undone{folder / "a/undone"};
        ::raise(SIGTERM);
    });
    EXPECT_EQ(names(), (std::set<std::string>{"a", "a/done"}));
}

/// The parent's files are the parent's, unless the child has adopted them.
TEST_F(Leftovers, OfAParentAreRemovedByAChildOnlyIfItAdoptedThem)
{
    for (const bool adopts : {false, true}) {
        AtomicFile file{folder / "f"};
        (void)status_after([&] {
            if (adopts) file.adopt();
            ::raise(SIGTERM);
        });
        EXPECT_EQ(names().empty(), adopts);
    }
}

TEST_F(Leftovers, LeaveIgnoredSignalsIgnored)
{
    const int status = status_after([&] {
        ::signal(SIGHUP, SIG_IGN);
        remove_leftovers_on_signals();
        ::raise(SIGHUP); // as under nohup
        ::raise(SIGXFSZ);
        ::_exit(5);
    });
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 5);
}

} // namespace
} // namespace drywalk::output
