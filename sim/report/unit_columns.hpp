// SPDX-License-Identifier: MIT
// What a row of a study shows about the capability kernel: columns of numbers.
#pragma once

#include "sim/output/page_width.hpp"
#include "sim/study/study.hpp"

#include <functional>
#include <string>
#include <vector>

namespace drywalk::report {

struct Column {
    std::string heading;
    std::function<std::string(const study::Row& row, const machine::Machine& machine)> cell;
    bool words = false; ///< set left
};

/// Cycles and microseconds by unit, what the kernel did for them, and what the judge says.
[[nodiscard]] std::vector<Column> cost_columns(const char* unit);

/// Cycles by unit and group of categories, then their sum.
[[nodiscard]] std::vector<Column> cycle_columns();

/// `rows` with their knobs, if they have any, their discipline, and `columns`.
[[nodiscard]] std::string table_of(const std::vector<study::Row>& rows, const std::vector<Column>& columns,
                                   const machine::Machine& machine, output::PageWidth width);

/// Microseconds that `cycles` take; "-" on a machine without a clock.
[[nodiscard]] std::string microseconds(double cycles, const machine::Machine& machine);

} // namespace drywalk::report
