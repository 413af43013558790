// SPDX-License-Identifier: MIT
// Aligned columns for people.
#pragma once

#include <string>
#include <vector>

namespace drywalk::output {

/// Rows of cells; the first row is the heading. The first column is set left, numbers right.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> heading) : rows_{{std::move(heading)}} {}

    /// As many cells as the heading has.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// Sets column `index` left.
    void align_left(std::size_t index) { left_.push_back(index); }

    /// Every line ends with a newline and starts with `indent` spaces.
    [[nodiscard]] std::string text(std::size_t indent = 2) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths() const;
    [[nodiscard]] bool is_left(std::size_t column) const;

    std::vector<std::vector<std::string>> rows_;
    std::vector<std::size_t> left_;
};

} // namespace drywalk::output
