// SPDX-License-Identifier: MIT
#include "sim/output/standard_output.hpp"

#include "sim/input/input_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace drywalk::output {

namespace {

int first_error = 0; ///< of errno
bool told = false;   ///< by require_printed()

void note(bool failed)
{
    if (failed && first_error == 0) first_error = errno == 0 ? EIO : errno;
}

} // namespace

void occupy_standard_streams()
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
        if (::fcntl(stream, F_GETFD) >= 0) continue;
        // The lowest free number is this one. Not to be written to, so that writing fails.
        const bool for_messages = stream == STDERR_FILENO;
        static_cast<void>(::open("/dev/null", for_messages ? O_WRONLY : O_RDONLY));
    }
}

void print(std::string_view text)
{
    errno = 0;
    note(std::fwrite(text.data(), 1, text.size(), stdout) != text.size());
}

void require_printed()
{
    errno = 0;
    note(std::fflush(stdout) != 0 || std::ferror(stdout) != 0);
    if (first_error == 0) return;
    told = true;
    throw InputError{fmt::format("the report cannot be written to standard output: {}",
                                 std::generic_category().message(first_error))};
}

std::optional<std::string> finish_printing()
{
    errno = 0;
    note(std::fflush(stdout) != 0 || std::ferror(stdout) != 0);
    const int descriptor = ::dup(STDOUT_FILENO); // some file systems say at the close that there is no room
    note(descriptor >= 0 && ::close(descriptor) != 0);
    if (first_error == 0 || told) return std::nullopt;
    return std::generic_category().message(first_error);
}

} // namespace drywalk::output
