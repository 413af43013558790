// SPDX-License-Identifier: MIT
// What the tests of all formats report on: every trace of the repository, and texts that try to break out.
#pragma once

#include "tests/judge/verdicts.hpp"
#include "tests/support/source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace drywalk::judge::test {

/// The traces that the repository has.
[[nodiscard]] inline std::vector<std::filesystem::path> traces()
{
    namespace fs = std::filesystem;
    const fs::path sources = source_tree();
    std::vector<fs::path> files{sources / "tests/judge/golden/processors.jsonl"};
    for (const fs::directory_entry& entry : fs::directory_iterator{sources / "scenarios/litmus"}) {
        if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

[[nodiscard]] inline std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// A verdict all of whose texts are `text`.
[[nodiscard]] inline TraceVerdict hostile(const std::string& text)
{
    Finding finding = curable(5, 3, 0x1000);
    finding.event.src = text + ":7";
    finding.event.note = text;
    finding.mark = text;
    TraceVerdict verdict = with({finding});
    cite(verdict, 3, text + ":3");
    verdict.warnings.kept.push_back(finding);
    verdict.warnings.kept.back().verdict = oracle::Verdict::lost_accessed;
    verdict.warnings.total = 1;
    verdict.redundant_invalidations.kept.push_back({{4, EventKind::invlpg, 0, "invlpg", text + ":4", text}, {}});
    verdict.redundant_invalidations.total = 1;
    return verdict;
}

inline const std::vector<std::string> hostile_texts{
    "\"><&'/>]]><!--",
    "a\nb\r\nc",
    "::error::x,y:z%0A",
    std::string("\x01\x1b[31m\x7f\0z", 9),
    "\xff\xfe bad \xc3(",
    "\xef\xbf\xbf\xef\xbf\xbe",
    "\xe2\x80\xa8",
    "<?xml?>&#0;&#x1;",
    "]]>",
    std::string(2000, '&'),
};

} // namespace drywalk::judge::test
