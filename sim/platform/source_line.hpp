// SPDX-License-Identifier: MIT
// A line of the kernel's source, as reports and traces name it.
#pragma once

#include "kernel_model/hal/hal.hpp"

#include <cstdint>
#include <string>

namespace drywalk::platform {

/// `file` is null, or the line 0, where no line of the kernel asked.
struct SourceLine {
    const char* file = nullptr; ///< a literal of this program, so it is the same in forked processes
    std::uint32_t line = 0;
    constexpr bool operator==(const SourceLine&) const = default;
};

[[nodiscard]] inline SourceLine line_of_code(const kernel::hal::Where& where)
{
    return {where.file_name(), where.line()};
}

/// "kernel_model/core/file.cpp:12", whatever folder the project was built in; "boot" if there is no line.
[[nodiscard]] inline std::string shown(const SourceLine& line)
{
    if (line.file == nullptr || line.line == 0) return "boot";
    const std::string file = line.file;
    const std::size_t start = file.rfind("kernel_model/");
    return (start == std::string::npos ? file : file.substr(start)) + ":" + std::to_string(line.line);
}

} // namespace drywalk::platform
