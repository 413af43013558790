// SPDX-License-Identifier: MIT
#include "sim/calibrate/measured_curve.hpp"

#include "models/machine/caches.hpp"
#include "sim/calibrate/chase_memory.hpp"
#include "sim/input/complaint.hpp"
#include "sim/input/json_text.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <string_view>

namespace drywalk::calibrate {

namespace {

constexpr std::uint64_t most_elements = std::uint64_t{1} << 27;
constexpr std::uint64_t most_kib = std::uint64_t{1} << 20; ///< 1 GiB
constexpr std::uint64_t most_stride_pages = std::uint64_t{1} << 18;
constexpr std::uint64_t most_span = std::uint64_t{1} << 43; ///< bytes
constexpr double most_cycles = 1e6;
constexpr std::uint64_t large_page_bytes = x86::page_bytes(x86::PageSize::size_2m);

/// Cuts lines into fields and knows where it is.
class Fields {
public:
    Fields(std::string_view text, const std::string& file) : rest_{text}, file_{file} {}

    /// Moves to the next line that is not empty; false at the end.
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
            if (!line_.empty()) return true;
        }
        return false;
    }

    std::string_view text()
    {
        column_ = next_column_;
        if (ended_) {
            column_ = line_.size() + 1;
            fail("another field is missing");
        }
        const std::size_t end = std::min(line_.find(',', column_ - 1), line_.size());
        ended_ = end == line_.size();
        next_column_ = end + 2;
        return line_.substr(column_ - 1, end - (column_ - 1));
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

    [[nodiscard]] std::string_view line() const { return line_; }

    [[noreturn]] void fail(const std::string& what) const
    {
        throw InputError{fmt::format("{}:{}:{}: {}", one_line(file_), line_number_, column_, what)};
    }

private:
    std::string_view rest_;
    std::string_view line_;
    const std::string& file_;
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
    const bool any = fields.next_line();
    const bool full_buffer = any && fields.line() == "size_kb,stride_bytes,cycles";
    const bool chase = any && fields.line().starts_with("pattern,elements,stride_pages,cycles");
    if (!full_buffer && !chase) {
        fields.fail("no known heading (legal: size_kb,stride_bytes,cycles or pattern,elements,stride_pages,cycles)");
    }
    curves.size_name = full_buffer ? kib_of_buffer : "elements";
    curves.placement = full_buffer ? Placement::coloured : Placement::random;
    while (fields.next_line()) {
        curves.points.push_back(full_buffer ? full_buffer_point(fields) : chase_point(fields));
        fields.end_of_line();
    }
    if (curves.points.empty()) fields.fail("no points below the heading");
    return curves;
}

MeasuredCurves load_measured(const std::filesystem::path& file)
{
    return parse_measured(read_text(file), file.string());
}

} // namespace drywalk::calibrate
