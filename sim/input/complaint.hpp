// SPDX-License-Identifier: MIT
// How bad input is reported: one line that says where, what, and what would be legal.
#pragma once

#include "sim/input/input_error.hpp"

#include <string>
#include <string_view>

namespace drywalk {

/// `text` without line breaks, other control characters, and bytes that are not UTF-8: they become \xNN.
[[nodiscard]] std::string one_line(std::string_view text);

/// A piece of the input in double quotes: printable ASCII, cut after 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Complains about one file, at JSON pointers.
class Complaint {
public:
    explicit Complaint(std::string file) : file_{std::move(file)} {}

    /// The same file; whatever is wrong is blamed on `pointer`, whose value led to it.
    [[nodiscard]] Complaint because_of(std::string pointer) const;

    /// `pointer` is empty for the whole document.
    [[noreturn]] void fail(const std::string& pointer, const std::string& what) const;

private:
    std::string file_;
    std::string cause_;
};

} // namespace drywalk
