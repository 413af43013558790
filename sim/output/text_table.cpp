// SPDX-License-Identifier: MIT
#include "sim/output/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drywalk::output {

std::vector<std::size_t> TextTable::widths() const
{
    std::vector<std::size_t> result(rows_.front().size());
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            result[column] = std::max(result[column], row[column].size());
        }
    }
    return result;
}

bool TextTable::is_left(std::size_t column) const
{
    return column == 0 || std::ranges::find(left_, column) != left_.end();
}

std::string TextTable::text(std::size_t indent) const
{
    const std::vector<std::size_t> width = widths();
    std::string text;
    for (const auto& row : rows_) {
        std::string line(indent, ' ');
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (column != 0) line += "  ";
            line += is_left(column) ? fmt::format("{:<{}}", row[column], width[column])
                                    : fmt::format("{:>{}}", row[column], width[column]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

} // namespace drywalk::output
