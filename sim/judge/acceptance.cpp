// SPDX-License-Identifier: MIT
#include "sim/judge/acceptance.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/files_read.hpp"
#include "sim/input/input_error.hpp"
#include "sim/judge/causes.hpp"
#include "sim/judge/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace drywalk::judge {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view marker = "drywalk: accept"; ///< in any case, and with any blanks around the colon
constexpr std::string_view blank = " \t\r";
constexpr std::string_view accept = "accept";

[[nodiscard]] std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// The first word, taken off `text`.
[[nodiscard]] std::string_view take_word(std::string_view& text)
{
    text = trimmed(text);
    const std::string_view word = text.substr(0, text.find_first_of(blank));
    text = trimmed(text.substr(word.size()));
    return word;
}

/// Where a marker stands in a line.
struct Marker {
    std::size_t begin = std::string_view::npos; ///< npos: there is none
    std::size_t end = 0;
};

[[nodiscard]] char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
}

/// Takes `word` off the front of `text`, in any case, and the blanks behind it.
[[nodiscard]] bool take(std::string_view& text, std::string_view word)
{
    if (!std::ranges::equal(text.substr(0, word.size()), word, {}, lower)) return false;
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return true;
}

/// The first marker from `from` on.
[[nodiscard]] Marker find_marker(std::string_view line, std::size_t from)
{
    for (std::size_t begin = line.find_first_of("dD", from); begin != std::string_view::npos;
         begin = line.find_first_of("dD", begin + 1)) {
        std::string_view rest = line.substr(begin);
        if (!take(rest, "drywalk") || !take(rest, ":")) continue;
        const std::size_t end = line.size() - rest.size() + accept.size();
        const bool is_whole = end >= line.size() || lower(line[end]) < 'a' || lower(line[end]) > 'z';
        if (take(rest, accept) && is_whole) return {begin, end};
    }
    return {};
}

[[nodiscard]] std::string_view without_comment_end(std::string_view text)
{
    text = trimmed(text);
    if (text.ends_with("*/")) text.remove_suffix(2);
    return trimmed(text);
}

[[nodiscard]] bool is_kind(std::string_view name)
{
    return std::ranges::any_of(kinds(), [name](oracle::Verdict verdict) { return name_of(verdict) == name; });
}

[[nodiscard]] std::string legal_kinds()
{
    std::string text;
    for (const oracle::Verdict verdict : kinds())
        text += fmt::format("{}{}", text.empty() ? "" : ", ", name_of(verdict));
    return text;
}

} // namespace

SourceTree::SourceTree(const fs::path& root)
{
    std::error_code error;
    const fs::path canonical = fs::canonical(root, error);
    if (!error) root_ = canonical;
}

std::optional<fs::path> SourceTree::inside(const std::string& file) const
{
    if (root_.empty() || file.empty() || file.find('\0') != std::string::npos) return std::nullopt;
    std::error_code error;
    const fs::path canonical = fs::canonical(root_ / file, error);
    if (error || std::ranges::mismatch(root_, canonical).in1 != root_.end()) return std::nullopt;
    if (!fs::is_regular_file(canonical, error) || error) return std::nullopt;
    return canonical;
}

SourceTree::Comments SourceTree::read(const fs::path& file)
{
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    if (error || size > longest_file || size > most_bytes - bytes_) return {};
    bytes_ += static_cast<std::size_t>(size);
    note_read(file);
    std::string text(static_cast<std::size_t>(size), '\0');
    std::ifstream stream{file, std::ios::binary};
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    Comments comments;
    std::uint64_t number = 1;
    for (std::string_view rest = text; !rest.empty(); ++number) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        for (Marker at = find_marker(line, 0); at.begin != std::string_view::npos;) {
            const Marker next = find_marker(line, at.end);
            std::string_view words = without_comment_end(line.substr(at.end, next.begin - at.end));
            Comment comment;
            comment.column = at.begin + 1;
            comment.kind = shortened(take_word(words));
            comment.reason = shortened(words);
            comments.emplace(number, std::move(comment));
            at = next;
        }
    }
    return comments;
}

const SourceTree::Comments& SourceTree::comments_of(const std::string& file)
{
    const auto [at, is_new] = known_.try_emplace(file);
    if (!is_new) return at->second;
    if (const auto path = inside(file)) at->second = read(*path);
    return at->second;
}

std::optional<std::string> SourceTree::reason_at(const SourcePlace& place, std::string_view kind)
{
    if (place.line == 0) return std::nullopt;
    const Comments& comments = comments_of(place.file);
    for (const std::uint64_t line : {place.line, place.line - 1}) {
        for (auto [found, last] = comments.equal_range(line); found != last; ++found) {
            const Comment& comment = found->second;
            const std::string where = fmt::format("{}:{}:{}", one_line(place.file), line, comment.column);
            if (!is_kind(comment.kind)) {
                throw InputError(fmt::format("{}: \"{}\" accepts {}, which is no kind of finding (legal are {})", where,
                                             marker, in_quotes(comment.kind), legal_kinds()));
            }
            if (comment.reason.empty()) {
                throw InputError(fmt::format("{}: {} is accepted without a reason (write \"{} {} REASON\")", where,
                                             comment.kind, marker, comment.kind));
            }
            if (comment.kind == kind) return comment.reason;
        }
    }
    return std::nullopt;
}

std::vector<std::string> acceptances(const TraceVerdict& verdict, SourceTree& sources)
{
    std::vector<std::string> reasons;
    for (const auto* const findings : {&verdict.violations.kept, &verdict.warnings.kept}) {
        for (const Finding& finding : *findings) {
            const std::string_view kind = name_of(finding.verdict);
            std::optional<std::string> reason = sources.reason_at(place_to_fix(verdict, finding), kind);
            if (!reason) reason = sources.reason_at(place_of_event(verdict, finding.event), kind);
            reasons.push_back(reason.value_or(""));
        }
    }
    return reasons;
}

} // namespace drywalk::judge
