// SPDX-License-Identifier: MIT
// Reports on standard output: a loss is noticed, in one place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace drywalk::output {

/// Opens /dev/null in place of a standard stream that is closed, so that no file gets its number; what is written to a
/// standard output that was closed is still an error. Call it first.
void occupy_standard_streams();

/// Prints to standard output. Never throws: finish_printing() tells if something was lost.
void print(std::string_view text);

/// Writes out everything that was printed so far. Throws InputError if some of it was lost: then nothing else is
/// written either.
void require_printed();

/// Writes out everything that was printed, and closes standard output. The system's reason if some of it was lost and
/// require_printed() has not told.
[[nodiscard]] std::optional<std::string> finish_printing();

} // namespace drywalk::output
