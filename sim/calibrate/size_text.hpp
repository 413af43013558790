// SPDX-License-Identifier: MIT
// Sizes for people, in the largest binary unit that keeps them at least 1.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>

namespace drywalk::calibrate {

/// "48 KiB", "1.5 MiB".
[[nodiscard]] inline std::string bytes_text(double bytes)
{
    constexpr std::array<const char*, 4> units{"B", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < units.size(); ++unit)
        bytes /= 1024;
    return fmt::format("{:g} {}", bytes, units[unit]);
}

} // namespace drywalk::calibrate
