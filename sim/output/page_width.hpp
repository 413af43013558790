// SPDX-License-Identifier: MIT
// How wide a line of a report may be, and sentences broken into such lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace drywalk::output {

/// Characters of a line. Files and pipes get the default, so that a report does not depend on who asked for it.
struct PageWidth {
    std::size_t columns = 100;
};

/// That of the terminal on standard output: COLUMNS if it is set, else what the terminal says; never below 60. The
/// default if standard output is no terminal.
[[nodiscard]] PageWidth page_width_of_output();

/// `sentence` broken between words; the first line starts with `indent` spaces, further ones with `hanging`. Ends with
/// a newline. Control characters are shown as \xNN: names and summaries come from files.
[[nodiscard]] std::string wrapped(std::string_view sentence, PageWidth width, std::size_t indent, std::size_t hanging);

/// Characters that `text`, in UTF-8, takes on a line.
[[nodiscard]] std::size_t characters(std::string_view text);

} // namespace drywalk::output
