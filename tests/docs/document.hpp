// SPDX-License-Identifier: MIT
// A Markdown document as far as it can be tried: commands with what they print, files to save, links.
//
// In a fenced block a line that begins with "$ " is a command; what follows up to the next one is its output, standard
// error included. "[...]" in an output line stands for any text, and as a line of its own for any number of lines. A
// fenced block behind the line <!-- file: NAME --> is a file that the commands below it may read.
#pragma once

#include <string>
#include <vector>

namespace drywalk::docs {

/// Something to do, in the order of the document.
struct Step {
    unsigned line = 0;                ///< of the document, from 1
    std::string command;              ///< empty: a file is saved
    std::vector<std::string> output;  ///< as it stands in the document
    std::string file_name, file_text; ///< of a file
};

/// A link to a file.
struct Link {
    unsigned line = 0;
    std::string target; ///< relative to the document, without a fragment
};

[[nodiscard]] std::vector<Step> steps_of(const std::string& markdown);
[[nodiscard]] std::vector<Link> links_of(const std::string& markdown);

/// True if `text` is what `pattern`, a line with "[...]" in it, stands for.
[[nodiscard]] bool line_matches(const std::string& pattern, const std::string& text);

/// Nothing if `output` is what `pattern` stands for; otherwise the first line of `pattern` that has no counterpart.
[[nodiscard]] std::string first_difference(const std::vector<std::string>& pattern,
                                           const std::vector<std::string>& output);

[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

} // namespace drywalk::docs
