// SPDX-License-Identifier: MIT
// What becomes of an error that nothing else has caught: one line on standard error, and an exit code.
#pragma once

#include <functional>
#include <string>

namespace drywalk::cli {

/// The exit code of `run`. Bad input, and what the operating system refuses (memory, a file, a process), are
/// exit_bad_input, one line for each mistake; any other exception is a mistake of this program: exit_internal_error,
/// and a line that says what to report. `about` is the command, for failures that know neither file nor place.
[[nodiscard]] int guarded(const std::string& about, const std::function<int()>& run);

} // namespace drywalk::cli
