// SPDX-License-Identifier: MIT
#include "sim/input/mistakes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace drywalk {

void Mistakes::add(std::string_view lines)
{
    while (!lines.empty() && !full()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string line{lines.substr(0, end)};
        if (std::ranges::find(lines_, line) == lines_.end()) lines_.push_back(line);
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

void Mistakes::throw_if_any() const
{
    if (lines_.empty()) return;
    std::vector<std::string> reported = lines_;
    if (full()) {
        reported.resize(most_reported_mistakes - 1);
        reported.emplace_back("there are more mistakes (mend these first)");
    }
    throw InputError{fmt::format("{}", fmt::join(reported, "\n"))};
}

} // namespace drywalk
