// SPDX-License-Identifier: MIT
// Aligned columns for people, in as many parts as the page's width needs.
#pragma once

#include "sim/output/page_width.hpp"

#include <string>
#include <vector>

namespace drywalk::output {

/// Rows of cells; the first row is the heading. The first columns are the row's name and are set left, numbers right.
class TextTable {
public:
    /// `name_columns` columns together name a row; they stand in every part of a table that is split.
    explicit TextTable(std::vector<std::string> heading, std::size_t name_columns = 1)
        : rows_{{std::move(heading)}}, name_columns_{name_columns}
    {
    }

    /// As many cells as the heading has.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// Sets column `index` left.
    void align_left(std::size_t index) { left_.push_back(index); }

    /// Every line ends with a newline and starts with `indent` spaces. A table that is wider than the page is turned
    /// by 90 degrees if it has few rows, and split into tables one below the other if it has many.
    [[nodiscard]] std::string text(std::size_t indent = 2, PageWidth width = {}) const;

private:
    using Rows = std::vector<std::vector<std::string>>;
    using Columns = std::vector<std::size_t>;

    [[nodiscard]] bool is_left(std::size_t column) const;
    [[nodiscard]] Columns all_columns() const;
    [[nodiscard]] std::size_t width_of(const Columns& columns) const;
    [[nodiscard]] std::string text_of(const Columns& columns, std::size_t indent) const;
    [[nodiscard]] TextTable turned() const;
    [[nodiscard]] TextTable with_numbered_rows() const;
    [[nodiscard]] std::string parts(std::size_t indent, std::size_t width) const;

    Rows rows_;
    std::size_t name_columns_;
    std::vector<std::size_t> left_;
};

} // namespace drywalk::output
