// SPDX-License-Identifier: MIT
// The exit codes of every subcommand. README.md has them for users; 3 belongs to the wrapper ./drywalk.
#pragma once

namespace drywalk::cli {

enum ExitCode : int {
    exit_as_expected = 0,
    exit_not_as_expected = 1, ///< violations, failed expectations, differences
    exit_bad_input = 2,       ///< one line per mistake says what; nothing was written
    exit_internal_error = 70, ///< a mistake of this program; EX_SOFTWARE of sysexits.h
    exit_interrupted = 130,   ///< as a shell reports SIGINT; what was written is valid and says that it is partial
};

} // namespace drywalk::cli
