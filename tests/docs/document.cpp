// SPDX-License-Identifier: MIT
#include "tests/docs/document.hpp"

#include <algorithm>
#include <functional>
#include <regex>
#include <sstream>
#include <string_view>

namespace drywalk::docs {

namespace {

constexpr std::string_view left_out = "[...]";
constexpr std::string_view fence = "```";
constexpr std::string_view prompt = "$ ";

/// Reads a document line by line.
class Reader {
public:
    explicit Reader(const std::string& markdown) : lines_{lines_of(markdown)} {}

    [[nodiscard]] std::vector<Step> steps()
    {
        for (at_ = 0; at_ < lines_.size(); ++at_) {
            static const std::regex file{R"(<!-- file: (\S+) -->)"};
            std::smatch match;
            if (std::regex_match(lines_[at_], match, file)) file_name_ = match[1];
            if (lines_[at_].starts_with(fence)) read_block();
        }
        return std::move(steps_);
    }

private:
    void read_block()
    {
        const std::size_t first = ++at_;
        while (at_ < lines_.size() && !lines_[at_].starts_with(fence))
            ++at_;
        if (!file_name_.empty()) return save(first);
        for (std::size_t line = first; line < at_;) {
            if (lines_[line].starts_with(prompt))
                line = read_command(line);
            else
                ++line;
        }
    }

    void save(std::size_t first)
    {
        Step step{static_cast<unsigned>(first + 1), {}, {}, file_name_, {}};
        for (std::size_t line = first; line < at_; ++line)
            step.file_text += lines_[line] + "\n";
        steps_.push_back(std::move(step));
        file_name_.clear();
    }

    /// Returns the line behind its output. A command goes on behind a backslash at the end of a line.
    [[nodiscard]] std::size_t read_command(std::size_t line)
    {
        Step step{static_cast<unsigned>(line + 1), lines_[line].substr(prompt.size()), {}, {}, {}};
        for (++line; line < at_ && step.command.ends_with('\\'); ++line)
            step.command += "\n" + lines_[line];
        for (; line < at_ && !lines_[line].starts_with(prompt); ++line)
            step.output.push_back(lines_[line]);
        steps_.push_back(std::move(step));
        return line;
    }

    std::vector<std::string> lines_;
    std::size_t at_ = 0;
    std::string file_name_;
    std::vector<Step> steps_;
};

struct Match {
    bool is_whole = false;
    std::size_t furthest = 0; ///< elements of the pattern that found a counterpart at most
};

/// A pattern with gaps, each of which stands for any number of elements of the text.
template <typename Pattern, typename Text, typename IsGap, typename Equal>
Match match(const Pattern& pattern, const Text& text, const IsGap& is_gap, const Equal& equal)
{
    std::size_t next = 0;
    std::size_t from = 0;
    std::size_t gap = pattern.size(); // the last gap before `next`, if there is one
    std::size_t skipped = 0;          // up to here that gap takes the text
    Match result;
    while (from < text.size()) {
        if (next < pattern.size() && is_gap(pattern[next])) {
            gap = next++;
            skipped = from;
        } else if (next < pattern.size() && equal(pattern[next], text[from])) {
            ++next;
            ++from;
        } else if (gap != pattern.size()) {
            next = gap + 1;
            from = ++skipped;
        } else {
            return result;
        }
        result.furthest = std::max(result.furthest, next);
    }
    while (next < pattern.size() && is_gap(pattern[next]))
        ++next;
    result.is_whole = next == pattern.size();
    return result;
}

} // namespace

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::vector<Step> steps_of(const std::string& markdown) { return Reader{markdown}.steps(); }

std::vector<Link> links_of(const std::string& markdown)
{
    static const std::regex link{R"(\]\(([^)#\s]+)(#[^)]*)?\))"};
    std::vector<Link> links;
    bool is_block = false;
    unsigned number = 0;
    for (const std::string& line : lines_of(markdown)) {
        ++number;
        if (line.starts_with(fence)) is_block = !is_block;
        if (is_block) continue;
        for (std::sregex_iterator at{line.begin(), line.end(), link}; at != std::sregex_iterator{}; ++at) {
            const std::string target = (*at)[1];
            if (target.find("://") == std::string::npos) links.push_back({number, target});
        }
    }
    return links;
}

bool line_matches(const std::string& pattern, const std::string& text)
{
    // Each gap becomes one character that no text has.
    constexpr char gap = '\0';
    std::string compact = pattern;
    for (std::size_t at = 0; (at = compact.find(left_out, at)) != std::string::npos;)
        compact.replace(at, left_out.size(), 1, gap);
    const auto is_gap = [](char character) { return character == gap; };
    return match(compact, text, is_gap, std::equal_to<char>{}).is_whole;
}

std::string first_difference(const std::vector<std::string>& pattern, const std::vector<std::string>& output)
{
    const auto is_gap = [](const std::string& line) { return line == left_out; };
    const Match matched = match(pattern, output, is_gap, line_matches);
    if (matched.is_whole) return {};
    return matched.furthest < pattern.size() ? pattern[matched.furthest] : "the end of the output";
}

} // namespace drywalk::docs
