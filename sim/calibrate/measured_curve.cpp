// SPDX-License-Identifier: MIT
#include "sim/calibrate/measured_curve.hpp"

#include "models/machine/caches.hpp"
#include "sim/calibrate/chase_memory.hpp"
#include "sim/input/complaint.hpp"
#include "sim/input/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <string_view>

namespace drywalk::calibrate {

namespace {

constexpr std::uint64_t most_elements = std::uint64_t{1} << 27;
constexpr std::uint64_t most_kib = std::uint64_t{1} << 20; ///< 1 GiB
constexpr std::uint64_t most_stride_pages = std::uint64_t{1} << 18;
constexpr std::uint64_t most_span = std::uint64_t{1} << 43; ///< bytes
constexpr double most_cycles = 1e6;
constexpr std::uint64_t large_page_bytes = x86::page_bytes(x86::PageSize::size_2m);

constexpr std::string_view blanks = " \t";

[[nodiscard]] std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Cuts lines into fields and knows where it is.
class Fields {
public:
    Fields(std::string_view text, const std::string& file) : rest_{text}, file_{file}
    {
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    }

    /// Moves to the next line that is neither empty nor a comment; false at the end.
    bool next_line()
    {
        while (!rest_.empty()) {
            const std::size_t end = std::min(rest_.find('\n'), rest_.size());
            line_ = rest_.substr(0, end);
            rest_.remove_prefix(std::min(end + 1, rest_.size()));
            if (line_.ends_with('\r')) line_.remove_suffix(1);
            ++line_number_;
            column_ = next_column_ = 1;
            ended_ = false;
            const std::string_view content = trimmed(line_);
            if (!content.empty() && content.front() != '#') return true;
        }
        return false;
    }

    /// The heading, its fields joined by commas; it decides whether commas or semicolons part the fields.
    [[nodiscard]] std::string heading()
    {
        if (line_.find(';') != std::string_view::npos) separator_ = ';';
        std::string joined{text()};
        while (!ended_) {
            joined += ',';
            joined += text();
        }
        return joined;
    }

    /// The next field without the blanks around it.
    std::string_view text()
    {
        column_ = next_column_;
        if (ended_) {
            column_ = line_.size() + 1;
            fail("another field is missing");
        }
        const std::size_t end = std::min(line_.find(separator_, column_ - 1), line_.size());
        ended_ = end == line_.size();
        next_column_ = end + 2;
        return trimmed(line_.substr(column_ - 1, end - (column_ - 1)));
    }

    std::uint64_t whole(std::uint64_t least, std::uint64_t most)
    {
        const std::string_view field = text();
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        const bool complete = error == std::errc{} && end == field.data() + field.size();
        if (!complete || value < least || value > most) {
            fail(fmt::format("{} where a whole number from {} to {} is legal", in_quotes(field), least, most));
        }
        return value;
    }

    double cycles()
    {
        const std::string_view field = text();
        double value = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        const bool complete = error == std::errc{} && end == field.data() + field.size();
        if (!complete || !(value > 0 && value <= most_cycles)) {
            fail(fmt::format("{} where cycles above 0 and up to {} are legal", in_quotes(field), most_cycles));
        }
        return value;
    }

    void end_of_line()
    {
        if (!ended_) {
            column_ = next_column_;
            fail("more fields than the heading has");
        }
    }

    [[nodiscard]] std::size_t line_number() const { return line_number_; }

    /// About the line and not one of its fields.
    [[noreturn]] void fail_line(const std::string& what)
    {
        column_ = 1;
        fail(what);
    }

    [[noreturn]] void fail(const std::string& what) const
    {
        throw InputError{fmt::format("{}:{}:{}: {}", one_line(file_), line_number_, column_, what)};
    }

private:
    std::string_view rest_;
    std::string_view line_;
    const std::string& file_;
    char separator_ = ',';
    std::size_t line_number_ = 0;
    std::size_t column_ = 1;
    std::size_t next_column_ = 1;
    bool ended_ = false;
};

[[nodiscard]] MeasuredPoint full_buffer_point(Fields& fields)
{
    MeasuredPoint point;
    Pattern& pattern = point.pattern;
    pattern.size = fields.whole(1, most_kib);
    pattern.spacing = fields.whole(8, most_stride_pages * x86::small_page_bytes);
    pattern.elements = pattern.size * 1024 / pattern.spacing;
    if (!std::has_single_bit(pattern.spacing)) fields.fail("a stride that is no power of two");
    if (pattern.elements == 0) fields.fail("a stride longer than the buffer (legal: at most the buffer)");
    pattern.series = fmt::format("stride {} B", pattern.spacing);
    point.cycles = fields.cycles();
    return point;
}

void fill_named_pattern(Pattern& pattern, std::uint64_t stride_pages, const Fields& fields)
{
    if (pattern.series == "packed_lines") {
        pattern.spacing = machine::line_bytes;
        pattern.page_size = x86::PageSize::size_2m;
    } else if (pattern.series == "one_line_per_2m_page") {
        pattern.spacing = large_page_bytes;
        pattern.page_size = x86::PageSize::size_2m;
        pattern.lines = Lines::varied_in_large_page;
    } else if (pattern.series == "one_line_per_4k_page" || pattern.series == "one_line_per_page_at_stride") {
        pattern.spacing = stride_pages * x86::small_page_bytes;
        pattern.lines = Lines::varied;
        if (stride_pages == 0) fields.fail("a stride of 0 pages (legal: at least 1 for this pattern)");
        if (pattern.series == "one_line_per_page_at_stride") pattern.series += fmt::format(" {} pages", stride_pages);
    } else {
        fields.fail(fmt::format("unknown pattern {} (legal: one_line_per_4k_page, one_line_per_2m_page, packed_lines, "
                                "one_line_per_page_at_stride)",
                                in_quotes(pattern.series)));
    }
    if (pattern.span() > most_span || pattern.most_tables() > most_chase_tables) {
        fields.fail(fmt::format("{} elements at this distance take more page tables than are simulated", pattern.size));
    }
}

[[nodiscard]] MeasuredPoint chase_point(Fields& fields)
{
    MeasuredPoint point;
    Pattern& pattern = point.pattern;
    pattern.series = fields.text();
    pattern.elements = fields.whole(1, most_elements);
    pattern.size = pattern.elements;
    fill_named_pattern(pattern, fields.whole(0, most_stride_pages), fields);
    point.cycles = fields.cycles();
    return point;
}

} // namespace

MeasuredCurves parse_measured(const std::string& text, const std::string& file)
{
    Fields fields{text, file};
    MeasuredCurves curves;
    const std::string heading = fields.next_line() ? fields.heading() : "";
    const bool full_buffer = heading == "size_kb,stride_bytes,cycles";
    const bool chase = heading.starts_with("pattern,elements,stride_pages,cycles");
    if (!full_buffer && !chase) {
        fields.fail_line(
            "no known heading (legal: size_kb,stride_bytes,cycles or pattern,elements,stride_pages,cycles)");
    }
    curves.size_name = full_buffer ? kib_of_buffer : "elements";
    curves.placement = full_buffer ? Placement::coloured : Placement::random;
    std::map<std::pair<std::string, std::uint64_t>, std::size_t> lines; ///< of points, by series and size
    while (fields.next_line()) {
        curves.points.push_back(full_buffer ? full_buffer_point(fields) : chase_point(fields));
        fields.end_of_line();
        const Pattern& pattern = curves.points.back().pattern;
        const auto [first, is_new] = lines.try_emplace({pattern.series, pattern.size}, fields.line_number());
        if (!is_new) fields.fail_line(fmt::format("the same point as in line {} (legal: each once)", first->second));
    }
    if (curves.points.empty()) fields.fail_line("no points below the heading");
    return curves;
}

MeasuredCurves load_measured(const std::filesystem::path& file)
{
    return parse_measured(read_text(file, Expected::csv), file.string());
}

} // namespace drywalk::calibrate
