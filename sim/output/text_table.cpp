// SPDX-License-Identifier: MIT
#include "sim/output/text_table.hpp"

#include <algorithm>
#include <numeric>

namespace drywalk::output {

namespace {

constexpr std::size_t gap = 2; ///< between columns

void pad(std::string& line, std::size_t width, std::string_view cell, bool left)
{
    const std::string blanks(width - std::min(width, characters(cell)), ' ');
    line += left ? std::string{cell} + blanks : blanks + std::string{cell};
}

} // namespace

bool TextTable::is_left(std::size_t column) const
{
    return column < name_columns_ || std::ranges::find(left_, column) != left_.end();
}

TextTable::Columns TextTable::all_columns() const
{
    Columns columns(rows_.front().size());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    return columns;
}

/// Without indentation.
std::size_t TextTable::width_of(const Columns& columns) const
{
    std::size_t width = columns.empty() ? 0 : (columns.size() - 1) * gap;
    for (const std::size_t column : columns) {
        std::size_t widest = 0;
        for (const auto& row : rows_)
            widest = std::max(widest, characters(row[column]));
        width += widest;
    }
    return width;
}

std::string TextTable::text_of(const Columns& columns, std::size_t indent) const
{
    std::string text;
    for (const auto& row : rows_) {
        std::string line(indent, ' ');
        for (std::size_t index = 0; index < columns.size(); ++index) {
            if (index != 0) line.append(gap, ' ');
            pad(line, width_of({columns[index]}), row[columns[index]], is_left(columns[index]));
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

/// Quantities as rows, rows as columns.
TextTable TextTable::turned() const
{
    const auto column = [this](std::size_t index) {
        std::vector<std::string> cells;
        for (const auto& row : rows_)
            cells.push_back(row[index]);
        return cells;
    };
    TextTable result{column(0)};
    for (std::size_t index = 1; index < rows_.front().size(); ++index)
        result.add(column(index));
    return result;
}

/// A number in front of the names, which then need to stand in the first part only.
TextTable TextTable::with_numbered_rows() const
{
    TextTable result{{}, 1};
    result.rows_.clear();
    for (std::size_t index = 0; index < rows_.size(); ++index) {
        std::vector<std::string> cells{index == 0 ? "#" : std::to_string(index)};
        cells.insert(cells.end(), rows_[index].begin(), rows_[index].end());
        result.add(std::move(cells));
    }
    for (std::size_t column = 0; column < rows_.front().size(); ++column) {
        if (is_left(column)) result.align_left(column + 1);
    }
    return result;
}

/// As many columns in each part as fit; one at least.
std::string TextTable::parts(std::size_t indent, std::size_t width) const
{
    const std::size_t columns = rows_.front().size();
    std::string text;
    for (std::size_t next = name_columns_; next < columns;) {
        Columns part(name_columns_);
        std::iota(part.begin(), part.end(), std::size_t{0});
        do {
            part.push_back(next++);
            if (next == columns) break;
            part.push_back(next);
            const bool fits = indent + width_of(part) <= width;
            part.pop_back();
            if (!fits) break;
        } while (true);
        text += (text.empty() ? "" : "\n") + text_of(part, indent);
    }
    return text;
}

std::string TextTable::text(std::size_t indent, PageWidth width) const
{
    const Columns all = all_columns();
    const auto fits = [&](const TextTable& table) {
        return indent + table.width_of(table.all_columns()) <= width.columns;
    };
    if (fits(*this) || all.size() <= name_columns_ + 1) return text_of(all, indent);
    const bool has_few_rows = rows_.size() <= all.size() - name_columns_;
    if (const TextTable other = turned(); has_few_rows && fits(other)) {
        return other.text_of(other.all_columns(), indent);
    }
    Columns names(name_columns_);
    std::iota(names.begin(), names.end(), std::size_t{0});
    const bool has_long_names = name_columns_ > 1 && 2 * (indent + width_of(names)) > width.columns;
    return has_long_names ? with_numbered_rows().parts(indent, width.columns) : parts(indent, width.columns);
}

} // namespace drywalk::output
