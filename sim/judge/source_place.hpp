// SPDX-License-Identifier: MIT
// "file:line" as traces give it, taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace drywalk::judge {

struct SourcePlace {
    std::string file;
    std::uint64_t line = 0; ///< 0: not known
    bool operator==(const SourcePlace&) const = default;
};

/// Cuts at the last colon; without a line number behind it, all of it is a file name.
[[nodiscard]] SourcePlace place_of_source(std::string_view src);

/// "file:line", or the file alone.
[[nodiscard]] std::string shown(const SourcePlace& place);

} // namespace drywalk::judge
